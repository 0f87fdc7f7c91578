import type { SessionContainer } from 'supertokens-node/recipe/session';
import type { UserId } from '../core/types.ts';

export type { UserId } from '../core/types.ts';

/**
 * The id of the logged-in user.
 * @example
 * ```ts
 * import { json, protectedRoute, userIdOf } from '../lib/index.ts';
 *
 * export const handler = protectedRoute(async (request) => json(200, { userId: userIdOf(request) }));
 * ```
 */
export const userIdOf = ({ session }: { readonly session: SessionContainer }): UserId => session.getUserId() as UserId;
