import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { REPLACED, sentencesIn, WHO_AS_SUBJECT, wordsOf } from '../fixtures/plain-english.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> };

/** The commands of this project: name and file. Other scripts are those of jest, biome, the Serverless Framework or Node.js's test runner. */
const COMMANDS = Object.entries(scripts).flatMap(([name, script]) => {
  const [, file] = /^(?:exec )?node (?:--import \S+ |--[\w-]+=\S+ )*(\S+\.ts)$/.exec(script) ?? [];
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
  const found = [...help.matchAll(/^ +(--[a-z-]+)(?: ([A-Z]+|name=value,…|on\|off))?/gm)];
  return found.flatMap(([, option = '', value]) => (value === undefined ? [option] : [option, VALUES[value] ?? '1']));
}

/** The texts of a help: its paragraphs, and what it says of each option and action, without their names. */
function textsIn(help: string): string[] {
  const texts: string[] = [];
  for (const [index, line] of help.split('\n').entries()) {
    const [, indent = '', rest = ''] = /^( *)(.*)$/.exec(line) ?? [];
    const isFurtherLine =
      indent.length > 8 || (indent === '' && help.split('\n')[index - 1] !== '' && !rest.startsWith('Exit codes: '));
    const text = indent === '' || isFurtherLine ? rest : rest.replace(/^.*?(\s{2,}|$)/, '');
    if (isFurtherLine && texts.length > 0) texts.push(`${texts.pop()} ${text}`);
    else texts.push(text);
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '' && !text.startsWith('npm run '));
}

const LONGEST_SENTENCE = 25;

const VALUES: Readonly<Record<string, string>> = { URL: 'http://localhost', 'name=value,…': 'a=1', 'on|off': 'off' };

test('the texts of a help are its paragraphs and what it says of each option', () => {
  const help =
    'npm run it -- [options]\n\nDoes this.\nAnd that.\n\n  --one TEXT   its text, which\n               is long\n  two          more\n';
  expect(textsIn(help)).toEqual(['Does this. And that.', 'its text, which is long', 'more']);
});

test('every command of this project is among those tested', () => {
  expect(COMMANDS.map(([name]) => name)).toEqual(
    expect.arrayContaining(['dev', 'core', 'sessions', 'stack', 'bench:cold']),
  );
});

describe.each(COMMANDS)('npm run %s', (name, file) => {
  let help: Ended;
  beforeAll(async () => {
    help = await run(file, '--help');
  });

  test('-- --help explains it, and starts nothing', () => {
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.output).toMatch(new RegExp(`^npm run ${name === 'start' ? 'dev' : name}\\b`));
  });

  test('explains it in short sentences, in the words of the field', () => {
    const texts = textsIn(help.output);
    const sentences = texts.filter((text) => !text.startsWith('Exit codes: ')).flatMap(sentencesIn);
    expect(sentences.length).toBeGreaterThan(0);
    expect(sentences.filter((sentence) => wordsOf(sentence).length > LONGEST_SENTENCE)).toEqual([]);
    expect(sentences.filter((sentence) => sentence.includes('; '))).toEqual([]);
    expect(texts.filter((text) => REPLACED.test(text) || WHO_AS_SUBJECT.test(text))).toEqual([]);
    expect(help.output).not.toMatch(/^Exit code: /m);
  });

  test('accepts every option that its help explains', async () => {
    expect(await run(file, ...optionsIn(help.output), '--help')).toEqual(help);
  });

  test('rejects an unknown option, and starts nothing', async () => {
    const { code, output, errors } = await run(file, '--no-such-option');
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toMatch(/^Unknown option '--no-such-option'\n(Add --help to see how to use it\.|\nnpm run )/);
  });
});
