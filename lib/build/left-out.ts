/**
 * Replaces a part of SuperTokens' SDK that the bundles leave out. Any use of it throws an error that names the part.
 * @param known the properties that it has all the same
 */
export function leftOut(name: string, known: Readonly<Record<string, unknown>> = {}): unknown {
  const refuse = (): never => {
    throw new Error(
      `${name} is not in this bundle, which has only what its recipes need of SuperTokens' SDK. ` +
        'To bundle the whole SDK, remove the plugin sessionOnly from lib/build/bundling.ts.',
    );
  };
  return new Proxy(() => undefined, {
    get(_target, property) {
      if (typeof property === 'string' && Object.hasOwn(known, property)) return known[property];
      // Loaders read these properties of every module.
      if (typeof property === 'symbol' || property === '__esModule') return undefined;
      return refuse();
    },
    apply: refuse,
    construct: refuse,
  });
}

/** Like {@link leftOut}, for a recipe whose id the SDK reads. */
export const leftOutRecipe = (name: string, id: string): unknown =>
  leftOut(name, { __esModule: true, default: leftOut(name, { RECIPE_ID: id }) });

type Constructor = new (...args: unknown[]) => object;

/**
 * Like {@link leftOut}, for a recipe that the SDK starts with every other. It has no routes, headers or errors.
 * @param RecipeModule the SDK's
 */
export function leftOutStartedRecipe(name: string, id: string, RecipeModule: Constructor): unknown {
  const refused = leftOut(name) as () => never;
  class LeftOutRecipe extends RecipeModule {
    getAPIsHandled = () => [];
    getAllCORSHeaders = () => [];
    isErrorFromThisRecipe = () => false;
    handleAPIRequest = () => refused();
    handleError = () => refused();
    // UserRoles adds roles to OAuth's tokens by these. Nothing here issues such tokens.
    addAccessTokenBuilderFromOtherRecipe = () => undefined;
    addIdTokenBuilderFromOtherRecipe = () => undefined;
    addUserInfoBuilderFromOtherRecipe = () => undefined;
    get recipeInterfaceImpl() {
      return refused();
    }
    get apiImpl() {
      return refused();
    }
  }
  const init = (config: unknown) => {
    if (config !== undefined) refused();
    return (superTokens: unknown, appInfo: unknown) => new LeftOutRecipe(superTokens, id, appInfo);
  };
  return leftOut(name, { __esModule: true, default: leftOut(name, { RECIPE_ID: id, init }) });
}
