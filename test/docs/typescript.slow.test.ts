import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, sessionEnvironment, startFunction, verifyEnvironment } from '../fixtures/lambda.ts';
import { DOCUMENTS, isOfWebsite, snippetsOf } from '../fixtures/markdown.ts';

const FOLDER = join(process.cwd(), `.build/docs-${process.pid}`);
const SNIPPETS = DOCUMENTS.flatMap(snippetsOf).filter(({ language, text }) => language === 'ts' && !isOfWebsite(text));

/** What a snippet of one statement leaves to the reader: the imports of the handler that it is from. */
const IMPORTS = `import { json, protectedRoute, userIdOf } from '../lib/index.ts';
import { RolesClaim } from '../../test/fixtures/handlers/roles.ts';
`;

/** What docs/own-login.md leaves to the reader. */
const MY_LINK = `import type { UserId } from '../../lib/core/types.ts';
export const userByLink = async (token: unknown): Promise<UserId | undefined> =>
  token === 'good' ? ('linked-user' as UserId) : undefined;
`;

const fileOf = (index: number): string => join(FOLDER, `snippet-${index}.ts`);
const indexOf = (part: string): number => SNIPPETS.findIndex(({ text }) => text.includes(part));

let database: TestDatabase;

beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, 'my-link.ts'), MY_LINK);
  for (const [index, { text }] of SNIPPETS.entries()) {
    const whole = text.startsWith('import') ? text : IMPORTS + text;
    const placed = whole
      .replaceAll("'../lib/app/my-link.ts'", "'./my-link.ts'")
      // The example may have been removed.
      .replaceAll("'./roles.ts'", "'../../test/fixtures/handlers/roles.ts'")
      .replaceAll("'../index.ts'", "'../../lib/index.ts'")
      .replaceAll("'../lib/", "'../../lib/");
    await writeFile(fileOf(index), placed);
  }
  database = await startTestDatabase();
});
afterAll(async () => {
  await database?.stop();
  await rm(FOLDER, { recursive: true, force: true });
});

test('every snippet of TypeScript has the right types', async () => {
  expect(SNIPPETS.length).toBeGreaterThan(3);
  const config = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] };
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  const checked = promisify(execFile)(process.execPath, [
    fileOfPackage('typescript', 'bin/tsc'),
    '-p',
    FOLDER,
    '--noEmit',
  ]);
  await expect(checked.catch(({ stdout }: { stdout: string }) => stdout)).resolves.toMatchObject({ stdout: '' });
});

const load = (part: string, environment: Record<string, string>): Promise<{ handler: LambdaHandler }> =>
  startFunction(environment, () => import(fileOf(indexOf(part))));
const headers = { 'st-auth-mode': 'header' };

test("README's route answers a user whom docs/own-login.md's link has logged in, and rejects a request without a session", async () => {
  const session = sessionEnvironment(database.endpoint, database.tables);
  const verify = verifyEnvironment(database.endpoint, database.tables);
  const { handler: logIn } = await load('userByLink', session);
  const { handler: greet } = await load('hello: userIdOf', verify);
  const refused = await invoke(logIn, 'POST', '/link', { headers, body: { token: randomUUID() } });
  expect(refused).toMatchObject({
    statusCode: 401,
    body: '{"code":"unauthorised","message":"This link is not valid"}',
  });
  const answer = await invoke(logIn, 'POST', '/link', { headers, body: { token: 'good' } });
  expect(answer.statusCode).toBe(200);
  const authorization = `Bearer ${answer.headers['st-access-token']}`;
  expect(bodyOf(await invoke(greet, 'GET', '/my-route', { headers: { authorization } }))).toEqual({
    hello: 'linked-user',
  });
  expect((await invoke(greet, 'GET', '/my-route')).statusCode).toBe(401);
});
