import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';
import { snippetsOf } from '../fixtures/markdown.ts';

// Backends in other languages, with SuperTokens' SDKs for them, on npm run core.

const run = promisify(execFile);
/** Where SDKs and programs are installed, once. Git, Biome and TypeScript do not look there. */
const FOLDER = join(process.cwd(), '.build/backends');
const API_KEY = 'a-key-of-other-backends-0001';

/** What each program prints. */
const RESULTS = {
  signUp: true,
  signUpAgain: false,
  signIn: [true, true],
  wrongPassword: false,
  isVerified: false,
  verify: true,
  verifyAgain: false,
  isVerifiedThen: true,
  reset: true,
  resetAgain: false,
  oldPassword: false,
  newPassword: true,
  roles: ['admin'],
  claims: [true, ['admin'], ['report:read']],
  afterDeletion: false,
};

interface Backend {
  readonly language: string;
  readonly source: string;
  /** Installs the SDK. @returns why the program cannot run here; `undefined` if it can */
  readonly whyNot: () => string | undefined;
  /** @returns the command that runs the program */
  readonly build: () => Promise<readonly [command: string, ...args: string[]]>;
}

const INSTALLATION = { encoding: 'utf8', timeout: 600_000 } as const;

/** Runs a step of an installation. @returns whether it has succeeded */
const succeeds = (command: string, args: readonly string[], cwd = '.'): boolean =>
  spawnSync(command, args, { ...INSTALLATION, cwd }).status === 0;

const REQUIREMENTS = 'test/backends/python/requirements.txt';
const PYTHON_FOLDER = join(FOLDER, 'python');
const PYTHON = join(PYTHON_FOLDER, 'bin/python');

function installPython(): string | undefined {
  if (!succeeds('python3', ['--version'])) return 'there is no Python';
  const [requirements, done] = [readFileSync(REQUIREMENTS), join(PYTHON_FOLDER, 'installed.txt')];
  if (succeeds('cmp', [REQUIREMENTS, done])) return undefined;
  rmSync(PYTHON_FOLDER, { recursive: true, force: true });
  if (!succeeds('python3', ['-m', 'venv', PYTHON_FOLDER])) return 'this Python cannot create virtual environments';
  const install = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '-r', REQUIREMENTS];
  if (!succeeds(PYTHON, install)) return "SuperTokens' SDK for Python cannot be installed";
  writeFileSync(done, requirements);
  return undefined;
}

function installGo(): string | undefined {
  if (!succeeds('go', ['version'])) return 'there is no Go';
  const isThere = succeeds('go', ['mod', 'download'], 'test/backends/go');
  return isThere ? undefined : "SuperTokens' SDK for Go cannot be downloaded";
}

async function buildGo(): Promise<readonly [string]> {
  const program = join(FOLDER, 'go-backend');
  await run('go', ['build', '-o', program, '.'], { cwd: 'test/backends/go' });
  return [program];
}

const python: Backend = {
  language: 'python',
  source: 'test/backends/python/backend.py',
  whyNot: installPython,
  build: async () => [PYTHON, 'test/backends/python/backend.py'],
};
const go: Backend = { language: 'go', source: 'test/backends/go/main.go', whyNot: installGo, build: buildGo };

mkdirSync(FOLDER, { recursive: true });

describe.each([python, go])('a backend in $language', ({ language, source, whyNot, build }) => {
  const missing = whyNot();
  const title = 'signs users up, verifies e-mails, resets passwords, gives roles and deletes users';

  if (missing !== undefined) {
    test.skip(`${title} (skipped: ${missing})`, () => undefined);
  } else {
    let core: CoreProcess;
    beforeAll(async () => {
      core = await startCore({ API_KEYS: API_KEY, ARGON2_MEMORY_KB: '64', ARGON2_PARALLELISM: '1' });
    });
    afterAll(() => core?.stop());

    const runs = async () => {
      const [command, ...args] = await build();
      const { stdout } = await run(command, args, { env: { ...process.env, CONNECTION_URI: core.url, API_KEY } });
      expect(JSON.parse(stdout)).toEqual(RESULTS);
    };
    // The first compilation takes minutes on a slow machine.
    test(title, runs, INSTALLATION.timeout);
  }

  test('is what docs/core-over-http.md shows', async () => {
    const shown = snippetsOf('docs/core-over-http.md').filter((snippet) => snippet.language === language);
    expect(shown).toHaveLength(1);
    let rest = await readFile(source, 'utf8');
    for (const line of shown.flatMap(({ text }) => text.split('\n').map((indented) => indented.trim()))) {
      expect(rest).toContain(line);
      rest = rest.slice(rest.indexOf(line) + line.length);
    }
  });
});
