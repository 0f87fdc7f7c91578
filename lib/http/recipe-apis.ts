/** The APIs of a recipe, none of them missing. */
type EveryApi<Apis> = { readonly [Name in keyof Apis]-?: NonNullable<Apis[Name]> };

/**
 * Overrides some APIs of a recipe, for a plugin. The SDK gives a plugin every API of the recipe, although its types say that
 * one may be missing. An override of yours runs after all plugins, so an API that you turn off stays off.
 */
export const overrideApis =
  <Apis extends object>(override: (original: EveryApi<Apis>) => Partial<Apis>) =>
  (original: Apis): Apis => ({ ...original, ...override(original as EveryApi<Apis>) });
