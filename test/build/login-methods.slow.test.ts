import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'login-methods-'));
  database = await startTestDatabase();
});
afterAll(async () => {
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The function `user` as it is deployed, with a list of recipes. */
async function startBundle(recipes: readonly string[], list: string): Promise<LambdaHandler> {
  const imports = recipes.map((name) => `import ${name} from 'supertokens-node/recipe/${name.toLowerCase()}';`);
  const contents = `${imports.join('\n')}
    import { mailLanguages } from './lib/app/mails/languages.ts';
    import { userRoutes } from './lib/http/user-routes.ts';
    export const handler = userRoutes([${list}], mailLanguages);`;
  const { outputFiles } = await build({
    ...bundlingOptions(),
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    write: false,
    outfile: join(folder, 'user.cjs'),
  });
  const files = outputFiles.map(({ path, text }) => [basename(path), text] as const);
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const code = files.find(([name]) => name === 'user.cjs')?.[1] ?? '';
  const load = async () => {
    const module = { exports: {} as { handler: LambdaHandler } };
    new Function('module', 'exports', 'require', '__dirname', code)(module, module.exports, require, folder);
    return module.exports;
  };
  return (await startFunction(userEnvironment(database.endpoint, database.tables), load)).handler;
}

test('a function without ThirdParty answers GET /auth/loginmethods, and lists no provider', async () => {
  const handler = await startBundle(['EmailPassword', 'Session'], 'EmailPassword.init(), Session.init()');
  const response = await invoke(handler, 'GET', '/auth/loginmethods');
  expect([response.statusCode, bodyOf(response)]).toMatchObject([
    200,
    {
      status: 'OK',
      emailPassword: { enabled: true },
      thirdParty: { enabled: false, providers: [] },
      firstFactors: ['emailpassword'],
    },
  ]);
});

test('a function with ThirdParty lists its providers there', async () => {
  const providers = "[{ config: { thirdPartyId: 'github', clients: [{ clientId: 'c', clientSecret: 's' }] } }]";
  const list = `ThirdParty.init({ signInAndUpFeature: { providers: ${providers} } }), Session.init()`;
  const handler = await startBundle(['ThirdParty', 'Session'], list);
  const response = await invoke(handler, 'GET', '/auth/loginmethods');
  expect(bodyOf(response)).toMatchObject({
    emailPassword: { enabled: false },
    thirdParty: { enabled: true, providers: [{ id: 'github', name: 'Github' }] },
    firstFactors: ['thirdparty'],
  });
});
