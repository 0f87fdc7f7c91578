import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { fileOfPackage, serverlessCommand } from '../../../lib/dev/installed-packages.ts';
import { newCommand } from '../../../lib/tools/new/new-command.ts';
import { readIdentity, readNamesakes } from '../../../lib/tools/setup/serverless-yml.ts';
import { setupCommand } from '../../../lib/tools/setup/setup-command.ts';
import { readStack, type Stack } from '../../fixtures/stack.ts';
import { typed } from '../../fixtures/typed-terminal.ts';

/** What is no part of the repository, and its history. */
const NOT_CLONED = ['.git', 'node_modules', '.serverless', '.esbuild', '.build', '.data', 'coverage', 'artifacts'];

/** This repository, set up to a name that is known whatever it is called by now. */
let original: string;
let originalFiles: Map<string, string>;
let clone: string;

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'setup-original-'));
  await cp('.', original, { recursive: true, filter: (source) => !NOT_CLONED.includes(basename(source)) });
  await typed(setupCommand(original), ['--name', 'our-sessions', '--app-name', 'Our sessions']);
  originalFiles = await filesOf(original);
});
afterAll(() => rm(original, { recursive: true, force: true }));

/** For tests that change it. */
async function newClone(): Promise<void> {
  clone = await mkdtemp(join(tmpdir(), 'setup-'));
  await cp(original, clone, { recursive: true });
}

const setUp = (...args: string[]) => typed(setupCommand(clone), args);
const fileOf = (name: string, folder = clone) => readFile(join(folder, name), 'utf8');
const identityOf = async (folder = clone) => readIdentity(await fileOf('serverless.yml', folder));

async function edit(name: string, what: RegExp, by: string, folder = clone): Promise<void> {
  await writeFile(join(folder, name), (await fileOf(name, folder)).replace(what, by));
}

async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name.slice(folder.length + 1), await readFile(name, 'latin1')] as const),
    ),
  );
}

/** Every file that is not as it was. */
async function changedFiles(): Promise<string[]> {
  return [...(await filesOf(clone))].filter(([name, text]) => originalFiles.get(name) !== text).map(([name]) => name);
}

/** Files of the example that a clone has unless it was removed before. */
const PRESENT = ['handlers/like-comment.ts', 'handlers/greeting.ts', 'lib/app/likes.ts', 'docs/example.md'];
const EXAMPLE_FUNCTIONS = ['likeComment', 'adminReport', 'greeting', 'authorized', 'jwtAuthorized'];

const ALL = [
  ...['--name', 'shop-api', '--app-name', 'Shop 2.0', '--region', 'eu-central-1'],
  ...['--website', 'https://app.shop.example', '--api', 'https://api.shop.example'],
];
const SET_UP = {
  name: 'shop-api',
  appName: 'Shop 2.0',
  website: 'https://app.shop.example',
  api: 'https://api.shop.example',
  region: 'eu-central-1',
};

describe('what is set up by flags', () => {
  let output: string;
  beforeAll(async () => {
    await newClone();
    output = (await setUp(...ALL)).output;
  });
  afterAll(() => rm(clone, { recursive: true, force: true }));

  test('has its name, domains and region, and prints the next steps', async () => {
    expect(await identityOf()).toEqual(SET_UP);
    expect(JSON.parse(await fileOf('package.json')).name).toBe('shop-api');
    const lock = JSON.parse(await fileOf('package-lock.json'));
    expect([lock.name, lock.packages[''].name]).toEqual(['shop-api', 'shop-api']);
    expect(output).toContain('serverless.yml:1: our-sessions -> shop-api');
    expect(output).toContain('npm run deploy -- --stage prod  in eu-central-1');
    expect(output).toContain('Map the domain api.shop.example');
    expect(output).toContain('What was deployed as our-sessions is another stack');
  });

  test('keeps every comment', async () => {
    const comments = (text: string) => text.match(/#.*$/gm);
    expect(comments(await fileOf('serverless.yml'))).toEqual(comments(await fileOf('serverless.yml', original)));
  });

  test('differs in three files only', async () => {
    const changed = await changedFiles();
    expect(changed.sort()).toEqual(['package-lock.json', 'package.json', 'serverless.yml']);
  });

  test('still resolves, with the domains in production alone', async () => {
    // In a workspace, the packages are in a folder above this project.
    await symlink(join(fileOfPackage('serverless', 'package.json'), '../..'), join(clone, 'node_modules'));
    const { AWS_REGION: _region, WEBSITE_DOMAIN: _website, API_DOMAIN: _api, ...env } = process.env;
    const print = async (stage: string) => {
      const command = [serverlessCommand(), 'print', '--stage', stage];
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: clone, env, timeout: 140_000 });
      return parse(stdout);
    };
    const [prod, dev] = await Promise.all([print('prod'), print('dev')]);
    expect(prod).toMatchObject({ service: 'shop-api', provider: { region: 'eu-central-1' } });
    expect(prod.provider.environment).toMatchObject({
      APP_NAME: 'Shop 2.0',
      API_DOMAIN: 'https://api.shop.example',
      WEBSITE_DOMAIN: 'https://app.shop.example',
      PUBLISHED_KEYS_TABLE: 'shop-api-prod-published-keys',
    });
    expect(dev.provider.environment.WEBSITE_DOMAIN).toBe('http://localhost:3000');
  });

  test('can be set up again: the same changes nothing, and other values change all of it', async () => {
    const once = await fileOf('serverless.yml');
    expect(await setUp(...ALL)).toMatchObject({ code: 0, output: 'There is nothing to change.\n' });
    expect(await fileOf('serverless.yml')).toBe(once);
    await setUp(
      '--name',
      'api',
      '--app-name',
      'Other',
      '--website',
      'https://other.example,https://*.pr.other.example',
    );
    expect(await identityOf()).toEqual({
      ...SET_UP,
      name: 'api',
      appName: 'Other',
      website: 'https://other.example,https://*.pr.other.example',
    });
    expect(JSON.parse(await fileOf('package-lock.json')).packages[''].name).toBe('api');
  });
});

describe('what is set up', () => {
  beforeEach(newClone);
  afterEach(() => rm(clone, { recursive: true, force: true }));

  test('with a new name alone has a new app name, unless the app name was changed before', async () => {
    await setUp('--name', 'shop-api');
    expect((await identityOf()).appName).toBe('Shop api');
    await setUp('--app-name', 'The Shop');
    await setUp('--name', 'till-api');
    expect(await identityOf()).toMatchObject({ name: 'till-api', appName: 'The Shop' });
  });

  test('keeps its name in every file if only something else is said', async () => {
    const name = 'our-own-package';
    await edit('package.json', /"name": "our-sessions"/, `"name": "${name}"`);
    expect((await setUp('--region', 'eu-west-3')).output).toMatch(/^serverless\.yml:\d+: \S+ -> eu-west-3\n\nNext:/);
    expect(JSON.parse(await fileOf('package.json')).name).toBe(name);
  });

  test('by answers: asked for each part, again where the answer is no good, and written after a yes', async () => {
    const { website, api, region } = await identityOf();
    const answers = ['Shop API', 'shop-api', '', 'https://app.shop.example', '', '', 'y'];
    const { code, errors } = await typed(setupCommand(clone), [], answers);
    expect(code).toBe(0);
    expect(errors).toContain('Name of the service [our-sessions]: ');
    expect(errors).toContain('A name has lower-case letters');
    expect(errors).toContain("The app's name, for people [Shop api]: ");
    expect(errors).toContain(`The website in production [${website ?? 'none yet'}]: `);
    expect(await identityOf()).toEqual({
      name: 'shop-api',
      appName: 'Shop api',
      website: 'https://app.shop.example',
      api,
      region,
    });
  });

  test('by flags at a terminal: asked only for what they leave open', async () => {
    const { code, errors } = await typed(setupCommand(clone), ALL, ['y']);
    expect(code).toBe(0);
    expect(errors).toBe('Write this? [y/N] ');
    expect(await identityOf()).toEqual(SET_UP);
  });
});

describe('the example', () => {
  const routesOf = () => readStack(clone).functions.flatMap(({ routes }) => routes);
  beforeEach(newClone);
  afterEach(() => rm(clone, { recursive: true, force: true }));

  test('is removed without a question: its functions, table, role and files, and nothing else', async () => {
    const [stack, before] = [readStack(clone), await filesOf(clone)];
    const { code, errors } = await typed(setupCommand(clone), ['--without-examples'], []);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const namesIn = ({ functions }: Stack) => functions.map(({ name }) => name);
    const tablesIn = ({ tables }: Stack) => tables.map(({ resource }) => resource);
    const left = readStack(clone);
    expect(namesIn(left)).toEqual(namesIn(stack).filter((name) => !EXAMPLE_FUNCTIONS.includes(name)));
    expect(tablesIn(left)).toEqual(tablesIn(stack).filter((name) => name !== 'LikesTable'));
    expect(await fileOf('serverless.yml')).not.toMatch(/LikeRole|LikesTable|likeComment/);
    const removed = [...before.keys()].filter((file) => !existsSync(join(clone, file)));
    expect(removed).toEqual(expect.arrayContaining(PRESENT.filter((file) => before.has(file))));
    expect(removed.filter((file) => !/^(handlers|lib\/app|test\/app|docs)\//.test(file))).toEqual([]);
    expect(await changedFiles()).toEqual(before.has('docs/example.md') ? ['serverless.yml'] : []);
  });

  test('is removed once: the second time there is nothing to change', async () => {
    await setUp('--without-examples');
    expect(await setUp('--without-examples')).toMatchObject({ code: 0, output: 'There is nothing to change.\n' });
  });

  test('keeps what routes of your own use, and takes new routes afterwards', async () => {
    const newRoute = (...args: string[]) => typed(newCommand(clone), ['route', ...args]);
    await newRoute('my-likes', '--table', 'likes', '--role', 'admin');
    await setUp('--without-examples');
    expect(existsSync(join(clone, 'lib/app/roles.ts'))).toBe(true);
    await newRoute('notes', '--table', 'notes');
    expect(routesOf()).toEqual(expect.arrayContaining(['GET /my-likes', 'GET /notes']));
    expect(routesOf()).not.toContain('POST /like-comment');
    const { tables } = readStack(clone);
    expect(tables.map(({ resource }) => resource)).toEqual(expect.arrayContaining(['LikesTable', 'NotesTable']));
  });

  test('is only listed by --dry-run', async () => {
    const { output } = await setUp('--without-examples', '--dry-run');
    expect(await changedFiles()).toEqual([]);
    for (const file of PRESENT.filter((name) => existsSync(join(clone, name)))) {
      expect(output).toContain(`${file}: removed`);
    }
  });
});

describe('nothing is changed', () => {
  beforeAll(newClone);
  afterEach(async () => expect(await changedFiles()).toEqual([]));
  afterAll(() => rm(clone, { recursive: true, force: true }));

  test('by --dry-run, which shows what would be', async () => {
    const { code, output } = await setUp(...ALL, '--dry-run');
    expect(code).toBe(0);
    expect(output).toContain('package.json:2: our-sessions -> shop-api');
    expect(output).toContain('Nothing was changed, because of --dry-run.');
    expect(output).toMatch(/^serverless\.yml:\d+: .*https:\/\/app\.shop\.example$/m);
  });

  test.each([
    ['a no', ['n']],
    ['no answer', []],
  ])('after %s', async (_what, answers) => {
    expect((await typed(setupCommand(clone), ALL, answers)).code).toBe(1);
  });

  test('where there is no clone', async () => {
    const { code, errors } = await typed(setupCommand(join(clone, 'docs')), ['--name', 'shop']);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: 'This folder is not a clone of the service: it has no serverless.yml.\n',
    });
  });

  test('without a terminal and without flags: it says how it is used', async () => {
    const usage = expect.stringContaining('npm run setup -- [options]');
    expect(await setUp()).toMatchObject({ code: 2, output: '', errors: usage });
  });

  test.each([
    [['--name', 'Shop'], 'lower-case'],
    [['--name', '1shop'], 'begins with a letter'],
    [['--name', 'shop--api'], 'single hyphens'],
    [['--name', 's'.repeat(60)], 'Lambda allows 64'],
    [['--app-name', "Ann's"], 'An app name has'],
    [['--app-name', '$' + '{env:HOME}'], 'An app name has'],
    [['--website', 'http://app.example.com'], 'A domain is https://'],
    [['--website', 'https://app.example.com/'], 'without a path'],
    [['--website', 'https://app.example.com,https://*.com'], 'A domain is https://'],
    [['--api', 'api.example.com'], 'A domain is https://'],
    [['--api', 'https://api.example.com,https://api.example.org'], 'A domain is https://'],
    [['--region', 'europe'], 'A region is'],
    [['--names', 'shop'], '--names'],
    [['--name', 'Shop', '--region', 'europe'], 'A region is'],
  ])('by %j, which is refused', async (args, words) => {
    expect(await setUp(...args)).toMatchObject({ code: 2, output: '', errors: expect.stringContaining(words) });
  });

  test("by a name that leaves no room for the longest function's, at the longest stage", async () => {
    const { functions, stages } = readNamesakes(
      await fileOf('serverless.yml'),
      await fileOf('lib/build/stack/functions.yml'),
    );
    const suffixes = functions.flatMap((name) => stages.map((stage) => `-${stage}-${name}`.length));
    const longest = 's'.repeat(64 - Math.max(...suffixes));
    expect((await setUp('--name', longest, '--dry-run')).code).toBe(0);
    expect((await setUp('--name', `${longest}s`, '--dry-run')).code).toBe(2);
  });
});
