import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { freePort } from '../fixtures/free-port.ts';
import { commandsOf, DOCUMENTS, snippetsOf } from '../fixtures/markdown.ts';
import { isOwnService } from '../fixtures/own-service.ts';

/** Documents with tests of their own, for all of their snippets, and the languages of these. */
const TESTED_APART: Readonly<Record<string, readonly string[]>> = {
  // test/docs/migrating.slow.test.ts
  'docs/migrating.md': ['sh', 'sql'],
  // test/handlers/observability.test.ts
  'docs/observability.md': ['json', 'text'],
  // test/upgrade/merge.slow.test.ts
  'docs/upgrading.md': ['text'],
};
const SNIPPETS = DOCUMENTS.filter((file) => !Object.hasOwn(TESTED_APART, file)).flatMap(snippetsOf);
const ALL = SNIPPETS.filter(({ language }) => language === 'sh').flatMap(commandsOf);
/** Last what the others would not get over. */
const isDrastic = (command: string): boolean => /keys -- replace|revoke-everything/.test(command);
const COMMANDS = [...ALL.filter((command) => !isDrastic(command)), ...ALL.filter(isDrastic)];

/** Run as they stand by the tests that are named; what they do is more than can be done here once more. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci && npm run dev': 'test/offline/dev-command.slow.test.ts',
  // These very tests.
  'npm ci && npm test': '.ci/run',
  'npm run dev:react': 'test/dev/react.slow.test.ts',
  'npm run core': 'test/server/core-server.slow.test.ts',
  'npm run new -- route notes --table notes': 'test/tools/new/new-command.test.ts',
  'npm run setup': 'test/tools/setup/setup-command.slow.test.ts',
  'npm run setup -- --without-examples': 'test/tools/setup/setup-command.slow.test.ts',
};
/** test/docs/stack.slow.test.ts packages each of them. */
const IS_PACKAGED = /^(\w+=\S+ )*npm run (package|deploy)( |$)/;
/** These take an AWS account. */
const NEEDS_AWS = [/^npx serverless remove /, /^aws (s3 cp|secretsmanager|sesv2) /];
const isRunElsewhere = (command: string): boolean => Object.hasOwn(RUN_ELSEWHERE, command) || IS_PACKAGED.test(command);
const needsAws = (command: string): boolean => NEEDS_AWS.some((pattern) => pattern.test(command));
const RUN_HERE = COMMANDS.filter((command) => !isRunElsewhere(command) && !needsAws(command));

const OIDC = COMMANDS.find((command) => command.startsWith('OIDC_PROVIDERS='));
const WEBSITE = 'http://localhost:3000';
let folder: string;
let service: LocalService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documents-'));
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: WEBSITE,
    folder: join(folder, '.data'),
    // As docs/own-login.md starts it.
    environment: { OIDC_PROVIDERS: /OIDC_PROVIDERS='([^']+)'/.exec(OIDC ?? '')?.[1] },
  });
});
afterAll(async () => {
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The command, but of the service and the data of this test. */
const ofThisService = (command: string): string =>
  command
    .replace('npm run dev', 'true')
    // What `setup` is told are names, and not asked.
    .replaceAll(/(?<!--api )(http:\/\/localhost:3001|https:\/\/(api\.example\.com|…)(?=[ /]|$))/g, service.url)
    .replace('--origin https://app.example.com', `--origin ${WEBSITE}`)
    .replace('--out static', `--out ${join(folder, 'static')}`)
    .replace(/ --core$/, '')
    .replace(/^npm run (keys|sessions|users) -- .*$/, (whole) => `${whole} --data ${join(folder, '.data')}`)
    .replace(/^npm run (\w+) -- /, (_, name: string) => `${process.execPath} ${scriptOf(name)} `)
    .replace(/^.*\/users\.ts create .*$/, (whole) => `echo 'correct horse 1' | ${whole}`)
    .replaceAll('cookies.txt', join(folder, 'cookies.txt'));

function scriptOf(name: string): string {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const file = /^(?:exec )?node (?:--import \S+ )?(\S+\.ts)$/.exec(scripts[name] ?? '')?.[1];
  if (file === undefined) throw new Error(`package.json has no script ${name} that is a file`);
  return file;
}

/** @returns what it printed, also when it failed, and its exit code */
async function run(command: string): Promise<{ code: number; output: string }> {
  const options = { env: { ...process.env, AWS_REGION: '' }, timeout: 100_000 };
  return promisify(execFile)('bash', ['-c', command], options).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  );
}

/** What a command ends with, where it is not 0; and a part of what it prints, where more is known of it. */
const EXPECTED: readonly (readonly [RegExp, { readonly code?: number; readonly prints: RegExp }])[] = [
  [/\/auth\/signup$/, { prints: /^HTTP\/1\.1 200 .*"status":"OK"/s }],
  [/\/sessioninfo$/, { prints: /"sessionHandle"/ }],
  [/\/like-comment$/, { prints: /"likes":1/ }],
  // The example's token is none.
  [/\/login\/oidc$/, { prints: /^HTTP\/1\.1 401 .*ID token rejected: malformed/s }],
  [/\/jwks\.json$/, { prints: /"keys":\[\{/ }],
  [/sessions -- list --email me@example\.com$/, { prints: /SESSION HANDLE/ }],
  [/sessions -- revoke-all --email me@example\.com$/, { prints: /Revoked: 1/ }],
  // The documents' user has no session here.
  [/sessions -- (list|revoke-all) user-1$/, { code: 3, prints: /no session of a user user-1 in local data/ }],
  // README's sign-up has created this user, in the same data. With another e-mail: test/tools/operator/users-command.test.ts.
  [/users -- create /, { code: 1, prints: /has the e-mail me@example\.com already/ }],
  [/users -- list --core$/, { prints: / me@example\.com$/m }],
  [/users -- show /, { prints: /^Logs in by +emailpassword, me@example\.com \(unverified\)$/m }],
  [/users -- roles /, { prints: /^admin$/m }],
  [/keys -- replace/, { prints: /Replaced the signing keys/ }],
  [/doctor -- /, { prints: /No problem, 0 warnings/ }],
];

/** In a clone of its own name, the documents may have other commands, and the README that signs the user up may be another one. */
const check = isOwnService ? test.skip : test;
const REASON = isOwnService ? ' (skipped: your documents may differ)' : '';

check.each(RUN_HERE)(`%s${REASON}`, async (command) => {
  const { code = 0, prints } = EXPECTED.find(([pattern]) => pattern.test(command))?.[1] ?? {};
  const result = await run(ofThisService(command));
  expect(result).toMatchObject({ code, ...(prints && { output: expect.stringMatching(prints) }) });
});

check.each(Object.entries(RUN_ELSEWHERE))(
  `a document still has the command %s, which %s runs${REASON}`,
  (command, file) => {
    expect(COMMANDS).toContain(command);
    expect(existsSync(file)).toBe(true);
  },
);

// Jest reports these as skipped: they are not run anywhere.
test.skip.each(COMMANDS.filter(needsAws))('%s (skipped: needs an AWS account)', () => undefined);

check(`no document has a snippet in a language that no test knows${REASON}`, () => {
  // The YAML goes into serverless.yml (test/docs/stack.slow.test.ts), the TypeScript is compiled and called; Mermaid is a picture.
  // The JSON is the policy of a KMS key (test/build/encryption.slow.test.ts). test/backends runs the Python and the Go.
  // test/docs/frontend.slow.test.ts checks the TSX. The JavaScript is React Native's, and its page says that no test runs it.
  const known = ['sh', 'ts', 'tsx', 'js', 'yaml', 'json', 'mermaid', 'python', 'go'];
  expect(new Set(SNIPPETS.map(({ language }) => language))).toEqual(new Set(known));
  for (const [file, languages] of Object.entries(TESTED_APART)) {
    expect([file, new Set(snippetsOf(file).map(({ language }) => language))]).toEqual([file, new Set(languages)]);
  }
});

test('every npm script that a document names is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = DOCUMENTS.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/npm run ([\w:-]+)/g)]);
  expect(named.length).toBeGreaterThan(50);
  expect(named.map(([, name = '']) => name).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
