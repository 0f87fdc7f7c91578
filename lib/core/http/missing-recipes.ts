/** SuperTokens' recipes that this core does not have, by where their paths begin. */
const MISSING_RECIPES = [
  ['/recipe/dashboard/', 'Dashboard'],
  ['/recipe/oauth/', 'OAuth2Provider'],
  ['/recipe/saml/', 'SAML'],
  ['/recipe/totp/', 'TOTP'],
  ['/recipe/webauthn/', 'WebAuthn'],
] as const;

/**
 * Why the core does not do what SuperTokens' SDKs can ask of another core. An SDK gives its caller this text in an error.
 * @param path with base path, app and tenant
 * @returns `undefined` if no SDK asks for that path
 */
export function whyMissing(path: string): string | undefined {
  const lower = path.toLowerCase();
  const recipe = MISSING_RECIPES.find(([start]) => lower.includes(start))?.[1];
  if (recipe !== undefined) return `This core does not have SuperTokens' recipe ${recipe}`;
  return lower.includes('/recipe/multitenancy/')
    ? 'This core has one app and one tenant, and cannot change them'
    : undefined;
}
