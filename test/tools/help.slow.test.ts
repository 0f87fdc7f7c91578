import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> };

/** The commands of this project: name and file. Other scripts are those of jest, biome, the Serverless Framework or Node.js's test runner. */
const COMMANDS = Object.entries(scripts).flatMap(([name, script]) => {
  const [, file] = /^node (?:--import \S+ |--[\w-]+=\S+ )*(\S+\.ts)$/.exec(script) ?? [];
  return file === undefined ? [] : [[name, file] as const];
});

/** A command that starts something does not end by itself. */
const TIMEOUT = 60_000;

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const run = (file: string, ...args: string[]): Promise<Ended> => {
  const child = promisify(execFile)(process.execPath, [file, ...args], { timeout: TIMEOUT });
  // What reads a standard input must not wait for it.
  child.child.stdin?.end();
  return child.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout, errors: stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout, errors: stderr }),
  );
};

/** The options that a help text explains, each with a value if it takes one. */
function optionsIn(help: string): string[] {
  const found = [...help.matchAll(/^ +(--[a-z-]+)(?: ([A-Z]+|name=value,…))?/gm)];
  return found.flatMap(([, option = '', value]) => (value === undefined ? [option] : [option, VALUES[value] ?? '1']));
}

const VALUES: Readonly<Record<string, string>> = { URL: 'http://localhost', 'name=value,…': 'a=1' };

test('every command of this project is among those tested', () => {
  expect(COMMANDS.map(([name]) => name)).toEqual(
    expect.arrayContaining(['dev', 'core', 'sessions', 'stack', 'bench:cold']),
  );
});

describe.each(COMMANDS)('npm run %s', (name, file) => {
  test('-- --help explains it, and starts nothing', async () => {
    const { code, output, errors } = await run(file, '--help');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(new RegExp(`^npm run ${name === 'start' ? 'dev' : name}\\b`));
  });

  test('accepts every option that its help explains', async () => {
    const { output: help } = await run(file, '--help');
    const { code, output, errors } = await run(file, ...optionsIn(help), '--help');
    expect({ code, output, errors }).toEqual({ code: 0, output: help, errors: '' });
  });

  test('refuses an option that it does not have, and starts nothing', async () => {
    const { code, output, errors } = await run(file, '--no-such-option');
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain('--no-such-option');
  });
});
