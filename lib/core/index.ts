import { assembleCore, type Core, type CoreParts } from './assemble.ts';
import { SESSION_RECIPES } from './http/recipes.ts';
import { createRouter } from './http/router.ts';

export type { Core, CoreParts, CoreSessions } from './assemble.ts';
export { type CoreConfig, DEFAULT_CORE_CONFIG } from './config.ts';
export type { InputFault } from './errors.ts';
export type { CoreRequest, CoreResponse } from './http/answer.ts';
export type { PublishedKeysReader } from './keys/published-keys.ts';
export type { SessionInformation } from './session/operations/session-data.ts';
export type { Store } from './store/store.ts';
export type { CoreEvent } from './types.ts';

/** Makes a core that keeps sessions. It starts nothing, reads nothing and keeps nothing but caches of keys. */
export function createCore(parts: CoreParts): Core {
  const answer = createRouter(SESSION_RECIPES);
  return assembleCore(parts, (context) => (request) => answer(context, request));
}
