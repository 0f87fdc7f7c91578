import { assembleCore, type Core, type CoreParts } from './assemble.ts';
import { createRouter } from './http/router.ts';
import { USER_RECIPES } from './http/user-recipes.ts';
import type { UserContext } from './user-context.ts';

/** What a core needs to keep users. */
export type UserParts = Pick<UserContext, 'stores' | 'passwords' | 'userConfig'>;

/** Makes a core that keeps sessions and users. A module of its own: functions that keep sessions alone don't bundle it. */
export function createCoreWithUsers(parts: CoreParts & UserParts): Core {
  const answer = createRouter(USER_RECIPES);
  const { stores, passwords, userConfig } = parts;
  return assembleCore(parts, (context) => (request) => answer({ ...context, stores, passwords, userConfig }, request));
}
