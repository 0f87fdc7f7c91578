const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');

const SDK = dirname(require.resolve('supertokens-node'));
const ours = (file) => `require(${JSON.stringify(join(__dirname, file))})`;
const helpers = ours('left-out.cjs');

const unused = (name) => `module.exports = ${helpers}.leftOut('${name}');`;
const recipe = (name, id) => `module.exports = ${helpers}.leftOutRecipe('${name}', '${id}');`;
const startedRecipe = (name, id) =>
  `module.exports = ${helpers}.leftOutStartedRecipe('${name}', '${id}', require('../../recipeModule').default);`;

/** Verifying is all that the Session recipe does with it: lib/supertokens/sdk-seams.ts finds the keys. */
const joseVerifying = `module.exports = ${helpers}.leftOut('jose', {
  __esModule: true,
  jwtVerify: require('./jwt/verify.js').jwtVerify,
  errors: require('./util/errors.js'),
});`;

const lazyDebug = `module.exports = ${ours('lazy-debug.cjs')}.lazyDebug(() => require('./index.js'));`;

/** What takes the place of which module of the SDK, by its path in lib/build, or of which package that it asks for. */
const REPLACED = {
  'authUtils.js': unused('authUtils'),
  'framework/express/index.js': unused('framework/express'),
  'framework/fastify/index.js': unused('framework/fastify'),
  'framework/hapi/index.js': unused('framework/hapi'),
  'framework/koa/index.js': unused('framework/koa'),
  'framework/loopback/index.js': unused('framework/loopback'),
  'recipe/multifactorauth/index.js': unused('recipe/multifactorauth'),
  'recipe/multifactorauth/recipe.js': recipe('recipe/multifactorauth', 'multifactorauth'),
  'recipe/oauth2provider/recipe.js': startedRecipe('recipe/oauth2provider', 'oauth2provider'),
  'recipe/thirdparty/providers/configUtils.js': unused('recipe/thirdparty'),
  'recipe/totp/recipe.js': recipe('recipe/totp', 'totp'),
  debug: lazyDebug,
  jose: joseVerifying,
  // Phone numbers of users.
  'libphonenumber-js/max': unused('libphonenumber-js'),
  // Compressed bodies in Express and its like.
  pako: unused('pako'),
};

/** The recipes that need nothing of what is left out. */
const KEPT_RECIPES = ['accountlinking', 'jwt', 'multitenancy', 'openid', 'session', 'usermetadata'];

/** The file that `name`, a key of {@link REPLACED}, stands for. */
const fileOf = (name) =>
  createRequire(join(SDK, 'lib/build/index.js')).resolve(name.endsWith('.js') ? `./${name}` : name);

/**
 * An esbuild plugin that leaves out of SuperTokens' SDK what its Session recipe never uses, though the SDK loads it: other
 * recipes and frameworks, and packages that only these need. What is used after all throws an error that names it.
 */
function sessionOnly() {
  const byFile = new Map(Object.entries(REPLACED).map(([name, contents]) => [fileOf(name), contents]));
  return {
    name: 'session-only',
    setup(build) {
      build.onResolve({ filter: /^supertokens-node\/(lib\/build\/)?recipe\// }, refuseOtherRecipes);
      build.onResolve({ filter: /./, namespace: 'file' }, ({ importer, path, kind }) => {
        if (kind !== 'require-call' || !importer.startsWith(join(SDK, 'lib'))) return undefined;
        const file = createRequire(importer).resolve(path);
        return byFile.has(file) ? { path: file, namespace: 'left-out' } : undefined;
      });
      build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
        contents: byFile.get(path),
        resolveDir: dirname(path),
      }));
    },
  };
}

/** Whoever adds a recipe learns it when bundling, not from a function that does not start. */
function refuseOtherRecipes({ path }) {
  const name = /recipe\/([^/]+)/.exec(path)?.[1];
  if (name === undefined || KEPT_RECIPES.includes(name)) return undefined;
  return {
    errors: [
      {
        text: `recipe/${name} needs what the bundles leave out: take the plugin sessionOnly out of esbuild.config.cjs`,
      },
    ],
  };
}

module.exports = { sessionOnly, REPLACED, SDK, fileOf };
