import { assembleCore, type Core, type CoreParts } from './assemble.ts';
import type { SessionHooks } from './context.ts';
import { createRouter } from './http/router.ts';
import { USER_RECIPES } from './http/user-recipes.ts';
import { type Activity, createActivity } from './user/operations/activity.ts';
import { isOfDeletedUser } from './user/operations/remove-user.ts';
import { linkedIdsOf, sessionOwnerOf } from './user/operations/session-owner.ts';
import type { UserContext } from './user-context.ts';

/** What a core needs to keep users. */
export type UserParts = Pick<UserContext, 'stores' | 'passwords' | 'readPhoneNumber' | 'userConfig'>;

/** Makes a core that keeps sessions and users. A module of its own: functions that keep sessions alone don't bundle it. */
export function createCoreWithUsers(parts: CoreParts & UserParts): Core {
  const answer = createRouter(USER_RECIPES);
  const { stores, passwords, readPhoneNumber, userConfig, clock } = parts;
  const activity = createActivity(stores.activity, clock);
  const users = { stores, passwords, readPhoneNumber, userConfig, activity };
  return assembleCore(
    parts,
    (context) => (request) => answer({ ...context, ...users }, request),
    sessionHooks(parts, activity),
  );
}

function sessionHooks({ store, stores, clock }: CoreParts & UserParts, activity: Activity): SessionHooks {
  return {
    ownerOf: (id) => sessionOwnerOf({ stores }, id),
    linkedIdsOf: (id) => linkedIdsOf({ stores }, id),
    async created({ handle }, { userId, recipeUserId, isOwnId }) {
      const noted = activity.note(userId);
      const owner = await sessionOwnerOf({ stores }, recipeUserId, isOwnId);
      await noted;
      if (owner.userId !== userId) return false;
      // The deletion may have looked for the user's sessions before this one was stored.
      if (!owner.isKnown && (await isOfDeletedUser({ stores }, recipeUserId))) {
        await store.sessions.delete(handle, clock());
      }
      return true;
    },
    refreshed: (userId) => activity.note(userId),
    revokedAll: (userId) => activity.note(userId),
  };
}
