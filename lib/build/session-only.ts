import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { createRecipeFinder } from './imported-recipes.ts';
import { type OwnFile, ownFile } from './own-files.ts';

/** The SDK's folder. */
export const SDK = dirname(createRequire(import.meta.url).resolve('supertokens-node'));
const helpers = `require(${JSON.stringify(fileURLToPath(new URL('left-out.ts', import.meta.url)))})`;

const unused = (name: string) => `module.exports = ${helpers}.leftOut('${name}');`;
const recipe = (name: string, id: string) => `module.exports = ${helpers}.leftOutRecipe('${name}', '${id}');`;
const startedRecipe = (name: string, id: string) =>
  `module.exports = ${helpers}.leftOutStartedRecipe('${name}', '${id}', require('../../recipeModule').default);`;

/** The Session recipe only verifies with it. lib/supertokens/sdk-seams.ts finds the keys. */
const joseVerifying = `module.exports = ${helpers}.leftOut('jose', {
  __esModule: true,
  jwtVerify: require('./jwt/verify.js').jwtVerify,
  errors: require('./util/errors.js'),
});`;

/** `GET /loginmethods` lists providers. Without the ThirdParty recipe there are none. */
const noProviders = `module.exports = ${helpers}.leftOut('recipe/thirdparty', {
  __esModule: true,
  mergeProvidersFromCoreAndStatic: () => [],
});`;

/** Replacements for modules of the SDK, by their paths in lib/build, and for packages that it requires. */
export const REPLACED: Readonly<Record<string, string>> = {
  'authUtils.js': unused('authUtils'),
  'framework/express/index.js': unused('framework/express'),
  'framework/fastify/index.js': unused('framework/fastify'),
  'framework/hapi/index.js': unused('framework/hapi'),
  'framework/koa/index.js': unused('framework/koa'),
  'framework/loopback/index.js': unused('framework/loopback'),
  'recipe/multifactorauth/index.js': unused('recipe/multifactorauth'),
  'recipe/multifactorauth/recipe.js': recipe('recipe/multifactorauth', 'multifactorauth'),
  'recipe/oauth2provider/recipe.js': startedRecipe('recipe/oauth2provider', 'oauth2provider'),
  'recipe/thirdparty/providers/configUtils.js': noProviders,
  'recipe/totp/recipe.js': recipe('recipe/totp', 'totp'),
  jose: joseVerifying,
  // Phone numbers of users.
  'libphonenumber-js/max': unused('libphonenumber-js'),
  // Compressed bodies in Express and similar frameworks.
  pako: unused('pako'),
  // It requires node-fetch, 310 KB with its dependencies, although Node.js has fetch itself.
  'cross-fetch': `module.exports = { __esModule: true, default: (...args) => fetch(...args) };`,
};

const SIGN_IN = ['authUtils.js', 'recipe/multifactorauth/index.js', 'recipe/multifactorauth/recipe.js'];

/** The parts of {@link REPLACED} that a recipe does use, by the recipe. */
export const USED_BY: Readonly<Record<string, readonly string[]>> = {
  emailpassword: SIGN_IN,
  passwordless: [...SIGN_IN, 'libphonenumber-js/max'],
  thirdparty: [...SIGN_IN, 'jose', 'recipe/thirdparty/providers/configUtils.js'],
};

/**
 * The parts that are loaded at their first use, with what the SDK uses of each. They are large, and few requests need them: all
 * together take 12 ms of a cold start.
 */
export const LOADED_LATE: Readonly<Record<string, readonly string[]>> = {
  jose: ['createRemoteJWKSet', 'importPKCS8', 'SignJWT'],
  'libphonenumber-js/max': ['default'],
  'recipe/thirdparty/providers/configUtils.js': ['findAndCreateProviderInstance', 'mergeProvidersFromCoreAndStatic'],
};

/** The file that `name`, a key of {@link REPLACED}, stands for. @throws Error if the SDK has no such file */
export const fileOf = (name: string): string =>
  createRequire(join(SDK, 'lib/build/index.js')).resolve(name.endsWith('.js') ? `./${name}` : name);

export const PHONE_NUMBERS = 'libphonenumber-js/max';

/** As much of the library as is used. Its CommonJS module has a third more, compressed. */
const PARSING_ALONE =
  'export { parsePhoneNumber as default, parsePhoneNumber as parsePhoneNumberFromString } from "./exports/parsePhoneNumber.js";';

/** Without the Passwordless recipe, no user has a phone number. */
const READING_NONE = 'export const parsePhoneNumberFromString = () => undefined;';

/** What {@link LOADED_LATE} names of jose. */
const JOSE_LATE = `
  export { createRemoteJWKSet } from './jwks/remote.js';
  export { importPKCS8 } from './key/import.js';
  export { SignJWT } from './jwt/sign.js';`;

/** The parts that are loaded late from files of their own. They share nothing with the bundle. */
export const OWN_FILES = {
  bcryptjs: { contents: "export { compare, genSalt, hash } from 'bcryptjs';", resolveDir: import.meta.dirname },
  jose: { contents: JOSE_LATE, resolveDir: dirname(fileOf('jose')) },
  'phone-numbers': { contents: PARSING_ALONE, resolveDir: dirname(fileOf(PHONE_NUMBERS)) },
} satisfies Readonly<Record<string, OwnFile>>;

/** The files of {@link LOADED_LATE}, and of what the core itself imports late. */
export const OWN_FILE_OF: Readonly<Record<string, keyof typeof OWN_FILES>> = {
  jose: 'jose',
  [PHONE_NUMBERS]: 'phone-numbers',
};

/** A module with the properties of another one, which is loaded when one of them is read. */
function loadedLate(name: string): string {
  const own = OWN_FILE_OF[name];
  const file = JSON.stringify(own === undefined ? fileOf(name) : ownFile(own));
  const members = (LOADED_LATE[name] ?? []).map((member) => `get ${member}() { return part().${member}; },`);
  return `
    const part = () => require(${file});
    module.exports = ${helpers}.leftOut('${name}', {
      __esModule: true,
      ${name === 'jose' ? `jwtVerify: require('./jwt/verify.js').jwtVerify, errors: require('./util/errors.js'),` : ''}
      ${members.join(' ')}
    });`;
}

/** The recipes that the core serves. */
const SERVED_RECIPES = [
  ...['accountlinking', 'jwt', 'multitenancy', 'openid', 'session'],
  ...['emailpassword', 'emailverification', 'passwordless', 'thirdparty', 'usermetadata', 'userroles'],
];

/**
 * An esbuild plugin that removes parts of SuperTokens' SDK from the bundle: those that the SDK loads, but the
 * function's recipes never use. They are other recipes and frameworks, and packages that only these need. Using such a
 * part throws an error that names it. The recipes are those that the function imports.
 */
export function sessionOnly(): Plugin {
  // Bundles show what a module's path is here. By its name, it is the same in every folder.
  const nameOf = new Map(Object.keys(REPLACED).map((name) => [fileOf(name), name]));
  const findRecipes = createRecipeFinder();
  return {
    name: 'session-only',
    setup(build) {
      let used = new Set<string>();
      let readsPhoneNumbers = true;
      build.onStart(async () => {
        const recipes = await findRecipes(build);
        used = new Set(recipes.flatMap((recipe) => USED_BY[recipe] ?? []));
        // A function without the SDK's recipes is the core itself, which serves them all.
        readsPhoneNumbers = recipes.length === 0 || used.has(PHONE_NUMBERS);
      });
      build.onResolve({ filter: /^supertokens-node\/(lib\/build\/)?recipe\// }, refuseOtherRecipes);
      build.onResolve({ filter: /./, namespace: 'file' }, ({ importer, path, kind }) => {
        if (kind !== 'require-call' || !importer.startsWith(join(SDK, 'lib'))) return undefined;
        const name = nameOf.get(createRequire(importer).resolve(path));
        if (name === undefined) return undefined;
        if (!used.has(name)) return { path: name, namespace: 'left-out' };
        return name in LOADED_LATE ? { path: name, namespace: 'loaded-late' } : undefined;
      });
      // The core's own imports, of what it loads late.
      build.onResolve({ filter: new RegExp(`^(${PHONE_NUMBERS}|bcryptjs)$`), namespace: 'file' }, ({ kind, path }) => {
        if (kind !== 'dynamic-import') return undefined;
        if (path === PHONE_NUMBERS && !readsPhoneNumbers) return { path, namespace: 'reading-none' };
        return { path: OWN_FILE_OF[path] ?? path, namespace: 'own-file' };
      });
      build.onLoad({ filter: /./, namespace: 'reading-none' }, () => ({ contents: READING_NONE }));
      leaveOutColours(build);
      build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => inPlaceOf(path, REPLACED[path]));
      build.onLoad({ filter: /./, namespace: 'loaded-late' }, ({ path }) => inPlaceOf(path, loadedLate(path)));
    },
  };
}

/** What stands in the bundle for `name`, a key of {@link REPLACED}. */
const inPlaceOf = (name: string, contents = ''): OnLoadResult => ({ contents, resolveDir: dirname(fileOf(name)) });

/** debug colours its lines where this package is installed. Here it is, because development tools need it. */
function leaveOutColours(build: PluginBuild): void {
  const debugFolder = dirname(fileOf('debug'));
  build.onResolve({ filter: /^supports-color$/ }, ({ importer, path }) =>
    importer.startsWith(debugFolder) ? { path, namespace: 'no-colours' } : undefined,
  );
  build.onLoad({ filter: /./, namespace: 'no-colours' }, () => ({ contents: '' }));
}

/** Reports another recipe when the function is bundled, before a function fails to start. */
function refuseOtherRecipes({ path }: OnResolveArgs): OnResolveResult | undefined {
  const name = /recipe\/([^/]+)/.exec(path)?.[1];
  if (name === undefined || SERVED_RECIPES.includes(name)) return undefined;
  const text =
    `The built-in core does not serve recipe/${name}, and the bundles leave out what it needs. With another core, remove the ` +
    "plugin sessionOnly from lib/build/bundling.ts, and add the recipe's routes to lib/http/sdk-routes.ts and serverless.yml";
  return { errors: [{ text }] };
}
