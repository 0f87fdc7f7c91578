import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { hasExample, isOwnService } from '../fixtures/own-service.ts';

const manifest = readFileSync('package.json', 'utf8').split('\n');
const { version } = JSON.parse(manifest.join('\n')) as { version: string };

const lineOf = (key: string): number => manifest.findIndex((line) => line.startsWith(`  "${key}":`));

// In a clone, setup changes the name. Git reports a conflict if a release changes a line next to it.
test('in package.json, the name and the version are apart', () => {
  expect(lineOf('name')).toBeGreaterThan(0);
  expect(Math.abs(lineOf('name') - lineOf('version'))).toBeGreaterThan(2);
});

// npm would write it just below the name, where a merge of a release conflicts. In a clone with a name of its own, npm may do so.
if (!isOwnService) {
  test('the lockfile has no version of this package', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, object> };
    if (![lock, lock.packages['']].some((part) => part !== undefined && 'version' in part)) return;
    throw new Error(
      'npm install has written "version" into package-lock.json twice. Is this your own service? Then give it a name: ' +
        'npm run setup. For a change of the engine, remove both lines: a merge of a release would conflict there.',
    );
  });
}

test('the version has a section in CHANGELOG.md, and the OpenAPI document names it', () => {
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`\n## [${version}] - `);
  expect(parse(readFileSync('docs/openapi.yaml', 'utf8')).info.version).toBe(version);
});

const OF_THE_EXAMPLE = ['likes.ts', 'roles.ts'];

const isComplete = hasExample && !isOwnService;
const REASON = isComplete ? '' : ' (skipped: the files of your service are yours)';

(isComplete ? test : test.skip)(
  `docs/upgrading.md names all of lib/app, which a clone and a release may both change${REASON}`,
  () => {
    const row = readFileSync('docs/upgrading.md', 'utf8')
      .split('\n')
      .find((line) => line.includes(' in `lib/app`, if you and the release'));
    const named = [...(row?.split('|')[1] ?? '').matchAll(/`([\w.-]+)`/g)].map(([, name]) => name);
    const files = readdirSync('lib/app').filter((name) => !OF_THE_EXAMPLE.includes(name));
    expect(named.toSorted()).toEqual(files.toSorted());
  },
);
