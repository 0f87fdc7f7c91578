import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import type { NewUser } from '../store/user-store.ts';
import { asStored, type LoggedIn, toLoggedIn } from './load-user.ts';

/** What a new user is found by and signs in with. */
export type FirstLoginMethod = Omit<NewUser, 'id' | 'timeJoined' | 'claim'>;

/**
 * Creates a user with one login method, and notes that the user is active.
 * @returns `undefined` if another user of the recipe has the email, the phone number or the third-party id, or is about to
 */
export async function createUser(context: UserContext, method: FirstLoginMethod): Promise<LoggedIn | undefined> {
  const { stores, random, clock, activity } = context;
  const user: NewUser = { ...method, id: random.uuid() as UserId, timeJoined: clock(), claim: random.uuid() };
  if (!(await stores.users.create(user))) return undefined;
  await activity.note(user.id);
  return toLoggedIn(context, asStored(user));
}
