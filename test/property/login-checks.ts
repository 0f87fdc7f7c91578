import type { ListedUsers } from '../../lib/core/user/store/user-store.ts';
import { bodyOf, holderOfContact, isGone, type LoginModel, type LoginUser, userOfProvider } from './login-reference.ts';
import type { LoginView } from './login-view.ts';

/** All that users of a history can have. */
export interface Names {
  /** Every email begins so. */
  readonly mark: string;
  readonly contacts: readonly string[];
  readonly phoneNumbers: readonly string[];
  readonly providerUserIds: readonly string[];
}

/** Every user is found by what the user has and by nothing else, and every device is there that should be. */
export async function checkAll(model: LoginModel, view: LoginView, names: Names, now: number): Promise<void> {
  for (const contact of names.contacts) {
    const found = await view.find('passwordless', bodyOf(contact));
    expect(found?.id).toBe(holderOfContact(model, contact)?.id);
  }
  for (const userId of names.providerUserIds) {
    const found = await view.find('thirdparty', { thirdPartyId: 'test', thirdPartyUserId: userId });
    expect(found?.id).toBe(userOfProvider(model, userId)?.id);
  }
  for (const user of model.users) await checkUser(view, user);
  for (const device of model.devices) {
    expect(await view.failedAttemptsOf(device)).toBe(isGone(device, now) ? undefined : device.failed);
  }
}

async function checkUser(view: LoginView, { id, isAlive, email, phoneNumber, verified }: LoginUser): Promise<void> {
  const user = await view.user(id);
  expect(user !== undefined).toBe(isAlive);
  const isVerified = email === undefined || verified.has(email);
  const methods = user?.loginMethods.map((method) => [method.email, method.phoneNumber, method.verified]);
  if (isAlive) expect(methods).toEqual([[email, phoneNumber, isVerified]]);
}

const idsOf = (users: readonly { readonly id: string }[]): string[] => users.map(({ id }) => id).toSorted();

/** The searches and the list have exactly the users that there are. */
export async function checkLists(
  { users }: LoginModel,
  view: LoginView,
  { mark, phoneNumbers }: Names,
  listed: ListedUsers['users'],
): Promise<void> {
  const alive = users.filter(({ isAlive }) => isAlive);
  const byEmail = alive.filter(({ email }) => email !== undefined);
  expect(idsOf(await view.search({ email: mark }))).toEqual(idsOf(byEmail));
  const byNumber = alive.filter(({ phoneNumber }) => phoneNumber !== undefined);
  expect(idsOf(await view.search({ phone: phoneNumbers.join(';') }))).toEqual(idsOf(byNumber));
  const ids = listed.map(({ id }) => String(id));
  for (const { id, isAlive } of users) expect(ids.includes(id)).toBe(isAlive);
}
