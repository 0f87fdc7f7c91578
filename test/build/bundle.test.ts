import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { ownFile } from '../../lib/build/own-files.ts';
import { fileOf, OWN_FILE_OF, REPLACED, SDK, USED_BY } from '../../lib/build/session-only.ts';
import { bundle, bundleOf, RECIPES, ROOT, run } from './bundles.ts';

/** The engine's handlers. An application's own may be of any size. */
const HANDLERS = [
  ...readFileSync('lib/build/stack/functions.yml', 'utf8').matchAll(/handler: (handlers\/[\w-]+)\./g),
].map(([, file]) => `${file}.ts`);
/** The target is 300 KB. A bundle that passes this limit has a new dependency. */
const MAX_ZIPPED = 215_000;
const MAX_MINIFIED = 690_000;
/** With SuperTokens' recipes for users, hashes of passwords, providers and phone numbers. */
const MAX_MINIFIED_WITH_USERS = 1_050_000;
const MAX_ZIPPED_WITH_USERS = 220_000;
/** Or not at the start. */
const NOT_NEEDED = ['bcryptjs', 'cross-fetch', 'libphonenumber-js', 'node-fetch', 'nodemailer', 'pako', 'pg', 'twilio'];

/** Where the metafile says that the code of a part comes from. */
const inputOf = (name: string): string => {
  const own = OWN_FILE_OF[name];
  return own === undefined ? relative(ROOT, fileOf(name)) : ownFile(own);
};

describe.each(HANDLERS)('%s', (handler) => {
  test('is small, and has nothing that it never uses', async () => {
    const { code, inputs } = await bundle({ entryPoints: [handler] });
    const hasUsers = handler === 'handlers/user.ts';
    expect(code.length).toBeLessThan(hasUsers ? MAX_MINIFIED_WITH_USERS : MAX_MINIFIED);
    expect(deflateRawSync(code).length).toBeLessThan(hasUsers ? MAX_ZIPPED_WITH_USERS : MAX_ZIPPED);
    const files = inputs.filter((input) => !/^(left-out|loaded-late):/.test(input));
    expect(files.filter((file) => NOT_NEEDED.some((name) => file.includes(`node_modules/${name}/`)))).toEqual([]);
  });
});

test('the demo page has the browser SDK in its text, and nothing of the backend', async () => {
  const { code, inputs } = await bundle({ entryPoints: ['handlers/page.ts'] });
  expect(inputs.filter((input) => /node_modules\/(supertokens|jose|aws4)/.test(input))).toEqual([]);
  expect(deflateRawSync(code).length).toBeLessThan(60_000);
});

describe('a function without sessions carries no SuperTokens', () => {
  const isSdk = (input: string) => input.includes('node_modules/supertokens-node/');
  const PLAIN = `
    import { HttpError, json, plainRoute, readJson } from './lib/index.ts';
    export const handler = plainRoute(async (request) => {
      const { name } = readJson(request);
      if (name === undefined) throw new HttpError(400, 'name is missing');
      return json(200, { name });
    });`;

  test.each([
    ...['handlers/health.ts', 'handlers/not-found.ts', 'handlers/page.ts'],
    'test/fixtures/handlers/behind-authorizer.ts',
  ])('%s', async (handler) => {
    const { inputs } = await bundle({ entryPoints: [handler] });
    expect(inputs).toContain('lib/config/variables.ts');
    expect(inputs.filter(isSdk)).toEqual([]);
  });

  test("a user's plain route, which imports from lib/index.ts, has no DynamoDB client either", async () => {
    const { code, inputs } = await bundleOf(PLAIN);
    expect(inputs).toContain('lib/http/json.ts');
    expect(inputs.filter((input) => isSdk(input) || input.includes('node_modules/aws4/'))).toEqual([]);
    expect(deflateRawSync(code).length).toBeLessThan(20_000);
  });

  test('a route with sessions does carry it', async () => {
    const { inputs } = await bundle({ entryPoints: ['handlers/session-info.ts'] });
    expect(inputs.some(isSdk)).toBe(true);
  });
});

describe('what is left out of the SDK', () => {
  test.each(Object.keys(REPLACED))('%s is in the SDK, which asks for it', async (name) => {
    const { inputs } = await bundle({ entryPoints: ['handlers/session-info.ts'] });
    expect(inputs).toContain(`left-out:${name}`);
    expect(inputs).not.toContain(relative(ROOT, fileOf(name)));
  });

  test.each(Object.entries(REPLACED).filter(([name]) => name.endsWith('/recipe.js')))(
    '%s keeps its id',
    (name, contents) => {
      expect(contents).toContain(`'${require(fileOf(name)).default.RECIPE_ID}'`);
    },
  );

  test('of the recipes, these are left', async () => {
    const { inputs } = await bundle({ entryPoints: ['handlers/auth.ts'] });
    const folder = `${relative(ROOT, SDK)}/lib/build/recipe/`;
    const recipes = inputs
      .filter((input) => input.startsWith(folder))
      // Types and constants are all that is needed of others.
      .filter((input) => !/\/(types|constants)\.js$/.test(input))
      .map((input) => input.slice(folder.length).split('/')[0]);
    expect([...new Set(recipes)].sort()).toEqual(RECIPES.filter((name) => name !== 'oauth2provider'));
  });

  test.each([
    ['handlers/user.ts', true],
    ['handlers/auth.ts', false],
    ['handlers/session-info.ts', false],
  ])('%s has the recipes of users: %s', async (handler, hasUsers) => {
    const { inputs } = await bundle({ entryPoints: [handler] });
    for (const part of USED_BY.emailpassword ?? []) {
      expect([part, inputs.includes(relative(ROOT, fileOf(part)))]).toEqual([part, hasUsers]);
    }
    expect(inputs.includes(ownFile('bcryptjs'))).toBe(hasUsers);
    const recipes = ['emailpassword', 'emailverification', 'userroles'];
    const found = recipes.filter((name) => inputs.some((input) => input.endsWith(`/build/recipe/${name}/recipe.js`)));
    expect(found).toEqual(hasUsers ? recipes : []);
  });

  test('another recipe cannot be bundled, and the message says what to do', async () => {
    const adding = bundleOf(`import Totp from 'supertokens-node/recipe/totp'; Totp.init;`);
    await expect(adding).rejects.toThrow(
      /does not serve recipe\/totp, and .* With another core, remove the plugin sessionOnly/,
    );
  });

  test.each(Object.entries(USED_BY))('a function that imports %s has what this recipe uses', async (recipe, parts) => {
    const { inputs } = await bundleOf(
      `import Recipe from 'supertokens-node/recipe/${recipe}'; export const { init } = Recipe;`,
    );
    const isThere = (name: string) => inputs.includes(inputOf(name));
    expect(Object.keys(REPLACED).filter(isThere).sort()).toEqual([...parts].sort());
  });
});

test('a bundle keeps the license comments of its packages', async () => {
  const { code } = await bundle({ entryPoints: ['handlers/auth.ts'] });
  expect(code).toMatch(/Bundled license information:[\s\S]+cookie[\s\S]+MIT Licensed/);
});

test('a bundle keeps the names of functions and classes, which errors and stack traces show', async () => {
  const contents = `export class TokenTheft extends Error {} export function readToken() { throw new TokenTheft(); }`;
  const { TokenTheft, readToken } = run(await bundleOf(contents)) as Record<string, { readonly name: string }>;
  expect([TokenTheft?.name, readToken?.name]).toEqual(['TokenTheft', 'readToken']);
});

test('a list of recipes may send its mails by the SDK’s SMTP service, which is then in the bundle', async () => {
  const bundled = await bundleOf(`
    import EmailPassword from 'supertokens-node/recipe/emailpassword';
    import { SMTPService } from 'supertokens-node/recipe/emailpassword/emaildelivery';
    import { SMTPService as Verification } from 'supertokens-node/recipe/emailverification/emaildelivery';
    const from = { name: 'App', email: 'app@example.com' };
    const smtpSettings = { host: 'smtp.example.com', port: 465, from, password: 'secret', secure: true };
    const service = new SMTPService({ smtpSettings });
    export const recipe = EmailPassword.init({ emailDelivery: { service } });
    export const sends = [service, new Verification({ smtpSettings })].map(({ sendEmail }) => typeof sendEmail);
  `);
  expect(run(bundled)).toMatchObject({ recipe: expect.any(Function), sends: ['function', 'function'] });
  expect(bundled.inputs).toContainEqual(expect.stringContaining('node_modules/nodemailer/'));
});
