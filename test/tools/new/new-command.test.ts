import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newCommand } from '../../../lib/tools/new/new-command.ts';
import { keysAt, removeEntry } from '../../../lib/tools/serverless-yml/entries.ts';
import { readStack, readYourFunctions } from '../../fixtures/stack.ts';
import { typed } from '../../fixtures/typed-terminal.ts';

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'new-'));
  for (const part of ['serverless.yml', 'lib/build/stack', 'lib/http', 'handlers']) {
    await cp(part, join(clone, part), { recursive: true });
  }
  await removeYours();
});
afterEach(() => rm(clone, { recursive: true, force: true }));

/** The tests write routes of common names, which yours may have too. */
async function removeYours(): Promise<void> {
  const yours = readYourFunctions();
  const file = join(clone, 'serverless.yml');
  const text = await readFile(file, 'utf8');
  const withoutFunctions = yours.reduce((rest, { name }) => removeEntry(rest, ['functions'], name), text);
  const resources = ['resources', 'Resources'];
  const withoutAny = keysAt(withoutFunctions, resources).reduce(
    (rest, key) => removeEntry(rest, resources, key),
    withoutFunctions,
  );
  await writeFile(file, withoutAny);
  for (const { handler } of yours) await rm(join(clone, handler.replace(/\.\w+$/, '.ts')), { force: true });
}

const run = (...args: string[]) => typed(newCommand(clone), args);
const answer = (args: string[], answers: string[]) => typed(newCommand(clone), args, answers);
const fileOf = (name: string) => readFile(join(clone, name), 'utf8');
const stackOf = () => readStack(clone);
const functionNamed = (name: string) => stackOf().functions.find((one) => one.name === name);

/** Every file of the clone, with its text. */
async function everyFile(): Promise<Record<string, string>> {
  const entries = await readdir(clone, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')])));
}

test('a name is enough: a verifying function for GET, with its handler and test', async () => {
  const { code, output } = await run('route', 'my-notes');
  expect(code).toBe(0);
  expect(output).toContain('wrote   handlers/my-notes.ts\nwrote   test/app/my-notes.test.ts\nadded   function myNotes');
  expect(functionNamed('myNotes')).toMatchObject({
    handler: 'handlers/my-notes.handler',
    role: 'VerifyRole',
    routes: ['GET /my-notes'],
  });
  expect(await fileOf('handlers/my-notes.ts')).toContain(
    "import { json, protectedRoute, userIdOf } from '../lib/index.ts';",
  );
});

test('a table brings a role of its own with one action on it, and the variable with its name', async () => {
  const { output } = await run('route', 'add-note', '--path', '/notes', '--table', 'notes');
  expect(output).toContain('added   table NotesTable to serverless.yml\nadded   role AddNoteRole to serverless.yml');
  const { service, tables } = stackOf();
  expect(tables).toContainEqual({ resource: 'NotesTable', name: `${service}-dev-notes`, keys: ['pk', 'sk'] });
  expect(functionNamed('addNote')).toMatchObject({
    role: 'AddNoteRole',
    routes: ['POST /notes'],
    environment: expect.objectContaining({ NOTES_TABLE: `${service}-dev-notes` }),
  });
  const role = (await fileOf('serverless.yml')).split('      AddNoteRole:\n')[1];
  expect(role?.match(/dynamodb:\w+/g)).toEqual(['dynamodb:PutItem']);
});

test('a second route uses the same table, and its role has another action', async () => {
  await run('route', 'notes', '--table', 'notes');
  const { output } = await run('route', 'delete-note', '--path', '/notes/{id}', '--table', 'notes');
  expect(output).not.toContain('added   table');
  const role = (await fileOf('serverless.yml')).split('      DeleteNoteRole:\n')[1];
  expect(role?.match(/dynamodb:\w+/g)).toEqual(['dynamodb:DeleteItem']);
  expect(stackOf().tables.filter(({ resource }) => resource === 'NotesTable')).toHaveLength(1);
});

test('--check-database makes a session function: with the session tables, also with a table of its own', async () => {
  await run('route', 'plain', '--check-database');
  await run('route', 'notes', '--check-database', '--table', 'notes');
  const names = ['SESSIONS_TABLE', 'KEYS_TABLE', 'SUPERTOKENS_API_KEY'];
  const sessionVariables = Object.fromEntries(names.map((name) => [name, expect.any(String)]));
  const [plain, notes] = [functionNamed('plain'), functionNamed('notes')];
  expect(plain).toMatchObject({ role: 'SessionRole', environment: sessionVariables });
  expect(notes).toMatchObject({ role: 'NotesRole', environment: sessionVariables });
  const role = (await fileOf('serverless.yml')).split('      NotesRole:\n')[1];
  expect(role).toContain('PolicyName: sessions');
  expect(await fileOf('handlers/plain.ts')).toContain('{ checkDatabase: true }');
});

test('--role writes the claim if the clone has none, and the handler requires the role', async () => {
  expect((await run('route', 'report', '--role', 'auditor')).output).toContain('wrote   lib/app/roles.ts');
  expect(await fileOf('handlers/report.ts')).toContain("RolesClaim.validators.includes('auditor')");
  await writeFile(join(clone, 'lib/app/roles.ts'), '// ours');
  expect((await run('route', 'other', '--role', 'auditor')).output).not.toContain('lib/app/roles.ts');
  expect(await fileOf('lib/app/roles.ts')).toBe('// ours');
});

test('only serverless.yml changes, by whole lines in the user’s part, and every comment stays', async () => {
  const before = await everyFile();
  await run('route', 'notes', '--table', 'notes');
  const after = await everyFile();
  const changed = Object.keys(before).filter((file) => before[file] !== after[file]);
  expect(changed).toEqual([join(clone, 'serverless.yml')]);
  const [text, changedText] = [before, after].map((files) => files[join(clone, 'serverless.yml')] ?? '');
  const engine = "# The engine's part";
  expect(changedText?.slice(changedText.indexOf(engine))).toBe(text?.slice(text.indexOf(engine)));
  const lines = changedText?.split('\n') ?? [];
  let from = 0;
  for (const line of text?.split('\n') ?? []) from = lines.indexOf(line, from) + 1 || Number.NaN;
  expect(from).toBe(lines.length);
});

describe('at a terminal', () => {
  test('without options it asks, proposes what follows from the name, and asks again after an invalid answer', async () => {
    const { code, errors } = await answer(['route'], ['Add Note', 'add-note', '', '/notes', 'notes', '', 'y']);
    expect(code).toBe(0);
    expect(errors).toContain('A route name has lower-case letters');
    expect(errors).toContain('Method [POST]: ');
    expect(errors).toContain('Path [/add-note]: ');
    expect(functionNamed('addNote')).toMatchObject({ role: 'AddNoteRole', routes: ['POST /notes'] });
    expect(await fileOf('handlers/add-note.ts')).toContain('checkDatabase: true');
  });

  test('with an option it never asks', async () => {
    const { code, errors } = await answer(['route', 'notes', '--method', 'GET'], []);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });
});

describe('nothing is written', () => {
  let before: Record<string, string>;
  beforeEach(async () => {
    before = await everyFile();
  });
  afterEach(async () => expect(await everyFile()).toEqual(before));

  test.each([
    [['auth'], 'The file handlers/auth.ts exists.'],
    [['auth'], 'The service has a function auth.'],
    [['other', '--method', 'POST', '--path', '/login/oidc'], 'The service has a route POST /login/oidc.'],
    [['other', '--method', 'DELETE', '--path', '/sessions/{id}'], 'The service has a route DELETE /sessions/{id}.'],
    [['other', '--table', 'sessions'], 'SessionsTable is a table of the engine'],
    [['verify', '--table', 'notes'], 'The service has a role VerifyRole.'],
    [['a'.repeat(40)], 'Lambda allows 64 characters'],
  ])('by route %j: %s', async (args, words) => {
    await writeFile(
      join(clone, 'serverless.yml'),
      (await fileOf('serverless.yml')).replace(/^service: .*/, 'service: a-service-with-a-long-name'),
    );
    before = await everyFile();
    const { code, output, errors } = await run('route', ...args);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain(words);
    expect(errors).toContain('Nothing was written.');
  });

  test.each([
    [['route', 'Notes'], 'A route name has'],
    [['route', 'notes', '--method', 'ANY'], 'A method is one of'],
    [['route', 'notes', '--path', 'notes'], 'A path starts with a slash'],
    [['route', 'notes', '--path', '/{id}/{id}'], 'A path starts with a slash'],
    [['route', 'notes', '--table', 'My Table'], 'A table name has'],
    [['route', 'notes', '--role', "it's"], 'A role has'],
    [['table', 'notes'], 'Only "route NAME" can be added.'],
    [['route', 'notes', '--colour', 'red'], '--colour'],
    [['route'], 'npm run new -- route NAME [options]'],
  ])('by %j, which is wrong usage', async (args, words) => {
    const { code, output, errors } = await run(...args);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(words);
  });

  test('in a folder that is not a clone', async () => {
    const { code, errors } = await typed(newCommand(join(clone, 'handlers')), ['route', 'notes', '--method', 'GET']);
    expect(code).toBe(1);
    expect(errors).toContain('This folder is not a clone of the service: it has no serverless.yml.');
  });
});
