import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';

interface Step {
  readonly name: string;
  readonly run?: string;
  readonly uses?: string;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly uses?: string; readonly permissions?: unknown; readonly steps?: Step[] }>
  >;
}

const workflows = readdirSync(FOLDER).map((file): [string, Workflow] => [
  file,
  parse(readFileSync(`${FOLDER}/${file}`, 'utf8')),
]);

/** Every action and every workflow of others that a workflow runs. */
const usedBy = ({ jobs }: Workflow): string[] =>
  Object.values(jobs)
    .flatMap(({ uses, steps = [] }) => [uses, ...steps.map((step) => step.uses)])
    .filter((uses) => uses !== undefined);

/** A tag or a branch can be moved to other code; a commit cannot. What is in this repository needs no pin. */
const isPinned = (uses: string): boolean => uses.startsWith('./') || /^[\w./-]+@[0-9a-f]{40}$/.test(uses);

test('what is pinned', () => {
  expect(isPinned(`owner/action@${'0a'.repeat(20)}`)).toBe(true);
  expect(isPinned('./.github/actions/ours')).toBe(true);
  for (const uses of ['owner/action@v4', 'owner/action@main', 'owner/action', `owner/action@${'0a'.repeat(19)}`]) {
    expect(isPinned(uses)).toBe(false);
  }
});

test('there is a workflow', () => {
  expect(workflows.map(([file]) => file)).toContain('ci.yml');
});

describe.each(workflows)('%s', (_file, workflow) => {
  test('runs nothing of others that is not pinned to a commit', () => {
    expect(usedBy(workflow).filter((uses) => !isPinned(uses))).toEqual([]);
  });

  test('may read the repository, and nothing else', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(workflow.jobs)) expect(job).not.toHaveProperty('permissions');
  });

  test('runs no commands from the name of a branch or the title of a pull request', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps.map(({ run }) => run ?? ''));
    expect(scripts.filter((run) => run.includes('${{'))).toEqual([]);
  });
});
