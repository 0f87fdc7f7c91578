import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../lib/core/types.ts';
import { connectTestDatabase, ManualClock, storesOn, type TestCore } from '../fixtures/core.ts';
import { byLink, byTyping, check, consume, newCode, signUpByCode, wrongly } from '../fixtures/passwordless.ts';
import { idIn, makeUserCore } from '../fixtures/user-core.ts';
import { createdUser, JOINED, someEmail } from '../fixtures/users.ts';
import { measureCapacity } from './measure-capacity.ts';
import type { Database, Endpoint } from './targets.ts';

/** What requests about users cost. Strongly consistent reads cost a unit per 4 KB, writes one per KB. */
export function describeUserCapacity(endpoint: Endpoint): void {
  let database: Database;
  let core: TestCore;

  beforeEach(async () => {
    database = await connectTestDatabase(await endpoint());
    core = makeUserCore(database, { clock: new ManualClock(JOINED) });
    // The first user of a month also lists the month.
    await signUp(someEmail());
  });

  const measure = (action: () => Promise<unknown>) => measureCapacity(database, action);

  const ask = async (path: string, body?: JsonObject, method?: 'PUT') => {
    const answer = await core.ask(path, body, method === undefined ? {} : { method });
    if (answer.json.status !== 'OK') throw new Error(`${path}: ${answer.text}`);
    return answer;
  };

  const signUp = (email: string) => ask('/recipe/signup', { email, password: 'correct horse 1' });
  const signIn = (email: string) => ask('/recipe/signin', { email, password: 'correct horse 1' });

  test('a sign-up costs 6 writes: claim, two look-ups, list, user, activity', async () => {
    expect(await measure(() => signUp(someEmail()))).toEqual({ reads: 0, writes: 6 });
  });

  test('the first sign-up of another process costs 1 read more, by which it sees that the month is listed', async () => {
    core = makeUserCore(storesOn(database.db, database.tables), { clock: core.clock });
    expect(await measure(() => signUp(someEmail()))).toEqual({ reads: 1, writes: 6 });
  });

  test('a sign-in costs 2 reads, and a write every five minutes at most', async () => {
    const email = someEmail();
    await signUp(email);
    expect(await measure(() => signIn(email))).toEqual({ reads: 2, writes: 0 });
    core.clock.advance(300_000);
    expect(await measure(() => signIn(email))).toEqual({ reads: 2, writes: 1 });
  });

  test('reading roles or metadata costs 1 read', async () => {
    await ask('/recipe/role', { role: 'r', permissions: ['read'] }, 'PUT');
    await ask('/recipe/user/role', { userId: 'u', role: 'r' }, 'PUT');
    await ask('/recipe/user/metadata', { userId: 'u', metadataUpdate: { a: 1 } }, 'PUT');
    for (const path of ['user/roles?userId=u', 'role/permissions?role=r', 'user/metadata?userId=u']) {
      expect([path, await measure(() => ask(`/recipe/${path}`))]).toEqual([path, { reads: 1, writes: 0 }]);
    }
  });

  test('verifying an email costs 1 read and 2 writes', async () => {
    const { json } = await ask('/recipe/user/email/verify/token', { userId: 'u', email: 'a@example.com' });
    const verify = () => ask('/recipe/user/email/verify', { method: 'token', token: String(json.token) });
    expect(await measure(verify)).toEqual({ reads: 1, writes: 2 });
  });

  test('making a link costs a write for its token, one for the list of the user’s, and one for the first of a series', async () => {
    const email = someEmail();
    const userId = idIn(await signUp(email));
    const reset = () => ask('/recipe/user/password/reset/token', { userId, email });
    expect(await measure(reset)).toEqual({ reads: 1, writes: 3 });
    expect(await measure(reset)).toEqual({ reads: 1, writes: 2 });
    const verify = () => ask('/recipe/user/email/verify/token', { userId, email });
    expect(await measure(verify)).toEqual({ reads: 2, writes: 3 });
    expect(await measure(verify)).toEqual({ reads: 2, writes: 2 });
  });

  test('a sign-in costs the same if the email is verified', async () => {
    const email = someEmail();
    const userId = idIn(await signUp(email));
    const { json } = await ask('/recipe/user/email/verify/token', { userId, email });
    await ask('/recipe/user/email/verify', { method: 'token', token: String(json.token) });
    expect(await measure(() => signIn(email))).toEqual({ reads: 2, writes: 0 });
  });

  test('looking users up by email costs 1 read at most, and 1 for each of them', async () => {
    const email = someEmail();
    const lookUp = () => ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=true`);
    expect((await measure(lookUp)).reads).toBeLessThanOrEqual(1);
    for (const recipe of ['emailpassword', 'thirdparty', 'passwordless'] as const) {
      await createdUser(database.userStores.users, { email, recipe });
    }
    expect(await measure(lookUp)).toEqual({ reads: 4, writes: 0 });
  });

  test('a page of 100 users costs at most 60 reads in either order, and counting 200 at most 10', async () => {
    for (let n = 0; n < 200; n++) await createdUser(database.userStores.users, { timeJoined: JOINED + n });
    for (const order of ['ASC', 'DESC']) {
      const page = await measure(() => ask(`/users?limit=100&timeJoinedOrder=${order}`));
      expect(page.writes).toBe(0);
      expect(page.reads).toBeGreaterThan(50);
      expect(page.reads).toBeLessThanOrEqual(60);
    }
    const counted = await measure(() => ask('/users/count'));
    expect(counted.reads).toBeLessThanOrEqual(10);
  });

  const signInUp = (thirdPartyUserId: string, email: string, isVerified = true) =>
    ask('/recipe/signinup', { thirdPartyId: 'google', thirdPartyUserId, email: { id: email, isVerified } });

  test('the first sign-in of a provider’s user costs 2 reads and 7 writes, and the next one 2 reads', async () => {
    const [userId, email] = [randomUUID(), someEmail()];
    // As a sign-up, and an item by which the provider's users are searched.
    expect(await measure(() => signInUp(userId, email))).toEqual({ reads: 2, writes: 7 });
    expect(await measure(() => signInUp(userId, email))).toEqual({ reads: 2, writes: 0 });
  });

  test('a provider’s report that an email is verified costs 1 write, once', async () => {
    const [userId, email] = [randomUUID(), someEmail()];
    await signInUp(userId, email, false);
    expect(await measure(() => signInUp(userId, email))).toEqual({ reads: 2, writes: 1 });
    expect(await measure(() => signInUp(userId, email))).toEqual({ reads: 2, writes: 0 });
  });

  test('a code costs 3 writes and 1 read, another one for the device as many, and a wrong one 1 write and 1 read', async () => {
    let code = await newCode(core, { email: someEmail() });
    expect(await measure(async () => (code = await newCode(core, { email: someEmail() })))).toEqual({
      reads: 1,
      writes: 3,
    });
    const { deviceId } = code;
    expect(await measure(() => ask('/recipe/signinup/code', { deviceId }))).toEqual({ reads: 1, writes: 3 });
    expect(await measure(() => check(core, wrongly(code)))).toEqual({ reads: 1, writes: 1 });
    expect(await measure(() => check(core, byTyping(code)))).toEqual({ reads: 1, writes: 1 });
  });

  test('using a code costs 4 reads at most and 3 writes, and the sign-up comes on top', async () => {
    const email = someEmail();
    await signUpByCode(core, { email });
    const code = await newCode(core, { email });
    const used = await measure(() => consume(core, byLink(code)));
    const first = await newCode(core, { email: someEmail() });
    const signedUp = await measure(() => consume(core, byLink(first)));
    expect([used.writes, signedUp.writes]).toEqual([3, 9]);
    // The code is listed and removed at the same time. DynamoDB Local counts nothing for a list that is empty by then.
    for (const { reads } of [used, signedUp]) expect([3, 4]).toContain(reads);
  });

  test('a change of the email costs at most 7 writes', async () => {
    const recipeUserId = idIn(await signUp(someEmail()));
    const change = () => ask('/recipe/user', { recipeUserId, email: someEmail() }, 'PUT');
    // The claim, two look-ups and the user. Then the old look-ups and the old claim.
    expect((await measure(change)).writes).toBeLessThanOrEqual(7);
  });
}
