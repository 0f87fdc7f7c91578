import { randomUUID } from 'node:crypto';
import type { UserId } from '../../../lib/core/types.ts';
import type { DynamoDb } from '../../../lib/dynamodb/client.ts';
import { storesOn, type TestCore } from '../../fixtures/core.ts';
import { clock, core, database, useFreshUserCore } from '../../fixtures/fresh-user-core.ts';
import { pausingDb } from '../../fixtures/store-wrappers.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail } from '../../fixtures/users.ts';

// A deletion that is slow, while its user's id becomes the external id of another user.

const PASSWORD = 'correct horse 1';

useFreshUserCore();

const coreOn = (db: DynamoDb): TestCore => makeUserCore(storesOn(db, database.tables), { clock });

const PUT = { method: 'PUT' } as const;
const signUp = async (email: string) => idIn(await core.ask('/recipe/signup', { email, password: PASSWORD }));
const map = async (superTokensUserId: string, externalUserId: string) =>
  (await core.ask('/recipe/userid/map', { superTokensUserId, externalUserId })).json.status;

/** Keeps under an id all that recipes keep there. */
async function fill(userId: string, email: string, role: string, metadata: number): Promise<void> {
  await core.ask('/recipe/session', { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });
  await core.ask('/recipe/user/metadata', { userId, metadataUpdate: { metadata } }, PUT);
  await core.ask('/recipe/user/role', { userId, role }, PUT);
  const { json } = await core.ask('/recipe/user/email/verify/token', { userId, email });
  await core.ask('/recipe/user/email/verify', { method: 'token', token: String(json.token) });
}

async function contentOf(userId: string, email: string) {
  const [metadata, roles, verified, sessions] = [
    await core.ask(`/recipe/user/metadata?userId=${userId}`),
    await core.ask(`/recipe/user/roles?userId=${userId}`),
    await core.ask(`/recipe/user/email/verify?userId=${userId}&email=${email}`),
    await database.store.sessions.list(userId as UserId, clock.time),
  ];
  return {
    metadata: metadata.json.metadata,
    roles: roles.json.roles,
    isVerified: verified.json.isVerified,
    sessions: sessions.length,
  };
}

/**
 * Deletes a user, holds the deletion before its n-th call, and gives the user's id to another user meanwhile.
 * @returns what the other user has in the end; `over` if the deletion makes fewer calls; `not given` if its user was not marked as
 * deleted by then
 */
async function race(n: number, idOf: (user: { id: string; externalId: string }) => string) {
  const [email, role, externalId] = [someEmail(), `role-${randomUUID()}`, `ext-${randomUUID()}`];
  const id = await signUp(email);
  await map(id, externalId);
  await core.ask('/recipe/role', { role }, PUT);
  const shared = idOf({ id, externalId });
  await fill(shared, email, role, 1);
  let calls = 0;
  const paused = pausingDb(database.db, () => calls++ === n);
  const deletion = coreOn(paused.db).ask('/user/remove', { userId: id });
  const isPaused = await Promise.race([paused.reached.then(() => true), deletion.then(() => false)]);
  if (!isPaused) return 'over';
  const next = await signUp(someEmail());
  const mapped = await map(next, shared);
  // The same e-mail and role as before: what is stored then looks like what was there.
  if (mapped === 'OK') await fill(shared, email, role, 2);
  paused.resume();
  expect((await deletion).json).toEqual({ status: 'OK' });
  return mapped === 'OK' ? contentOf(shared, email) : 'not given';
}

test.each([
  ['the external id', ({ externalId }: { externalId: string }) => externalId],
  ['the own id', ({ id }: { id: string }) => id],
])('the next user with %s keeps everything, wherever the deletion was held', async (_name, idOf) => {
  const races: object[] = [];
  for (let n = 0; ; n++) {
    const content = await race(n, idOf);
    if (content === 'over') break;
    if (content !== 'not given') races.push({ n, ...content });
  }
  expect(races.length).toBeGreaterThan(5);
  const whole = { metadata: { metadata: 2 }, roles: [expect.any(String)], isVerified: true, sessions: 1 };
  for (const content of races) expect(content).toMatchObject(whole);
});
