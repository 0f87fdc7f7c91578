/**
 * Stands in for a part of SuperTokens' SDK that the bundles leave out: using it throws an error that names it.
 * @param known what it has all the same
 */
exports.leftOut = (name, known = {}) => {
  const refuse = () => {
    throw new Error(
      `${name} is not in this bundle, which has as much of SuperTokens' SDK as its Session recipe needs. ` +
        'Take the plugin sessionOnly out of esbuild.config.cjs to have all of it.',
    );
  };
  return new Proxy(() => undefined, {
    get(_target, property) {
      if (Object.hasOwn(known, property)) return known[property];
      // Modules are asked for these before anybody uses them.
      if (typeof property === 'symbol' || property === '__esModule') return undefined;
      return refuse();
    },
    apply: refuse,
    construct: refuse,
  });
};

/** As {@link exports.leftOut}, for a recipe that the SDK only asks for its id. */
exports.leftOutRecipe = (name, id) =>
  exports.leftOut(name, { __esModule: true, default: exports.leftOut(name, { RECIPE_ID: id }) });

/**
 * As {@link exports.leftOut}, for a recipe that the SDK starts with every other: it has no routes, headers or errors.
 * @param RecipeModule the SDK's
 */
exports.leftOutStartedRecipe = (name, id, RecipeModule) => {
  const refused = exports.leftOut(name);
  class LeftOutRecipe extends RecipeModule {
    getAPIsHandled = () => [];
    getAllCORSHeaders = () => [];
    isErrorFromThisRecipe = () => false;
    handleAPIRequest = () => refused();
    handleError = () => refused();
    get recipeInterfaceImpl() {
      return refused();
    }
    get apiImpl() {
      return refused();
    }
  }
  const init = (config) => {
    if (config !== undefined) refused();
    return (superTokens, appInfo) => new LeftOutRecipe(superTokens, id, appInfo);
  };
  return exports.leftOut(name, { __esModule: true, default: exports.leftOut(name, { RECIPE_ID: id, init }) });
};
