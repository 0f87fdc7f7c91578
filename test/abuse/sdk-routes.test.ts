import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { invoke, sessionEnvironment, startFunctionAloud } from '../fixtures/lambda.ts';

const RECIPES = join(dirname(require.resolve('supertokens-node')), 'lib/build/recipe');
const REFRESH = '/auth/session/refresh';

/** The paths of every recipe that the SDK has, below the API base path. */
function pathsOfSdk(): string[] {
  const files = readdirSync(RECIPES).map((recipe) => join(RECIPES, recipe, 'constants.js'));
  const values = files.flatMap((file) => {
    try {
      return Object.values(require(file) as Record<string, unknown>);
    } catch {
      return [];
    }
  });
  return [...new Set(values.filter((value): value is string => typeof value === 'string' && value.startsWith('/')))];
}

let database: TestDatabase;
let folder: string;
let auth: LambdaHandler;

/** The auth function as it is packaged: the bundle lacks what other recipes need. */
beforeAll(async () => {
  database = await startTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sdk-routes-'));
  const entry = { entryPoints: ['handlers/auth.ts'], outfile: 'auth.cjs' };
  const { outputFiles } = await build({ ...bundlingOptions(), ...entry, write: false });
  for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents);
  const environment = sessionEnvironment(database.endpoint, database.tables);
  const load = () => import(join(folder, 'auth.cjs')) as Promise<{ handler: LambdaHandler }>;
  auth = (await startFunctionAloud(environment, load)).handler;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database?.stop();
});

test('routes of recipes that the service does not have are 404 or 405, never an error', async () => {
  const paths = pathsOfSdk();
  expect(paths).toEqual(expect.arrayContaining(['/loginmethods', '/signinup/code', '/session/refresh']));
  for (const path of ['/user/tenants', '/dashboard', ...paths]) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      for (const asked of [`/auth${path}`, `/auth/public${path}`, `/auth${path}/`]) {
        const { statusCode = 0 } = await invoke(auth, method, asked, { body: {} });
        const isOurs =
          [200, 401].includes(statusCode) && /\/(refresh|signout|jwks\.json|openid-configuration)\/?$/.test(asked);
        expect([method, asked, isOurs || [404, 405].includes(statusCode) ? 'refused' : statusCode]).toEqual([
          method,
          asked,
          'refused',
        ]);
      }
    }
  }
});

test.each([
  'j:{"a":1}',
  'j:[]',
  'j:1',
  'j:null',
  'j:"text"',
  'j:{',
  '"j:{}"',
  'j%3A%7B%22a%22%3A1%7D',
  '%6a:{}',
  'j:%',
])('a cookie that parsers take for JSON counts as absent: %s', async (value) => {
  for (const name of ['sRefreshToken', 'sAccessToken', 'sIdRefreshToken']) {
    const cookies = [`${name}=${value}`];
    for (const path of [REFRESH, '/auth/signout']) {
      expect((await invoke(auth, 'POST', path, { cookies })).statusCode).toBe(401);
    }
  }
});
