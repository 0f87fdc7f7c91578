import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../fixtures/free-port.ts';

const run = promisify(execFile);

/** Where moto is installed, once. Git, Biome and TypeScript do not look there. */
const FOLDER = join(import.meta.dirname, '../../.build/deploy/moto');
const PYTHON = join(FOLDER, 'bin/python');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** An AWS API on this machine. */
export interface Aws {
  readonly endpoint: string;
  /** From now on, checks signatures and the roles' policies, or no longer does. */
  enforceIam(isEnforced: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Returns why moto cannot run here; `undefined` if it can. Installs it into a folder of its own. */
export async function installMoto(): Promise<string | undefined> {
  if (process.platform !== 'linux') return "moto and Lambda's runtime client need Linux here";
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const done = join(FOLDER, 'installed.txt');
  if ((await readFile(done, 'utf8').catch(() => '')) === requirements) return undefined;
  try {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    await run('python3', ['-m', 'venv', FOLDER]);
    // Python compiles the modules that moto loads when it loads them. Those are a small part of all that is installed.
    const options = ['--quiet', '--no-compile', '--disable-pip-version-check'];
    await run(PYTHON, ['-m', 'pip', 'install', ...options, '-r', REQUIREMENTS], { timeout: 900_000 });
    await writeFile(done, requirements);
    return undefined;
  } catch (error) {
    return `moto cannot be installed: ${String((error as Error).message).split('\n')[0]}`;
  }
}

/** An address of this machine that the DynamoDB client does not take for one that needs no credentials. */
const HOST = '127.0.0.2';

/** Starts moto, with nothing deployed. */
export async function startAws(): Promise<Aws> {
  const port = await freePort();
  const endpoint = `http://${HOST}:${port}`;
  const child = spawn(PYTHON, [join(import.meta.dirname, 'aws.py'), HOST, String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log = `${log}${chunk}`.slice(-10_000)));
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await waitFor(`${endpoint}/moto-api/data.json`, () => log);
  return {
    endpoint,
    async enforceIam(isEnforced) {
      const { ok } = await fetch(`${endpoint}/moto-api/reset-auth`, {
        method: 'POST',
        body: isEnforced ? '0' : 'Infinity',
      });
      if (!ok) throw new Error('moto does not switch its authentication');
    },
    stop,
  };
}

async function waitFor(url: string, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`moto does not start:\n${log()}`);
}
