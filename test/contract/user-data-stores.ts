import { randomUUID } from 'node:crypto';
import type { UserStores } from '../../lib/core/store/user-stores.ts';
import type { UserId } from '../../lib/core/types.ts';
import { userKey } from '../../lib/core/user/store/dynamodb/keys.ts';
import { verifiedAttribute } from '../../lib/core/user/store/dynamodb/user-item.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { createdUser, JOINED, someEmail, someUserId, storedUser } from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

const always = async () => true;

/** Asked what may be removed: `change` is made between reading and the first answer, which is yes. Any other answer is no. */
function changingAfterRead(change: () => Promise<unknown>) {
  let isAsked = false;
  return async (): Promise<boolean> => {
    if (isAsked) return false;
    isAsked = true;
    await change();
    return true;
  };
}

const LONG_ID = 'ü'.repeat(1000) as UserId;

/** What the stores promise that keep data under a user's id. */
export function describeUserDataStores(endpoint: Endpoint): void {
  let database: Database;
  let stores: UserStores;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    stores = database.userStores;
  });

  describe('verification', () => {
    test('a series verifies its email once', async () => {
      const [id, email] = [someUserId(), someEmail()];
      expect(await stores.verification.beginSeries(id, email, 'one')).toBe('one');
      expect(await stores.verification.beginSeries(id, email, 'two')).toBe('one');
      expect(await stores.verification.verify(id, email, 'two', 'three')).toBe(false);
      expect(await stores.verification.isVerified(id, email)).toBe(false);
      expect(await stores.verification.verify(id, email, 'one', 'two')).toBe(true);
      expect(await stores.verification.isVerified(id, email)).toBe(true);
      expect(await stores.verification.verify(id, email, 'one', 'three')).toBe(false);
    });

    test('of 20 uses at once one succeeds', async () => {
      const [id, email] = [someUserId(), someEmail()];
      await stores.verification.beginSeries(id, email, 'one');
      const uses = Array.from({ length: 20 }, (_, n) => stores.verification.verify(id, email, 'one', `next ${n}`));
      expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    });

    test('20 beginnings at once begin one series', async () => {
      const [id, email] = [someUserId(), someEmail()];
      const begun = Array.from({ length: 20 }, (_, n) => stores.verification.beginSeries(id, email, `series ${n}`));
      expect(new Set(await Promise.all(begun)).size).toBe(1);
    });

    test('emails and ids are apart, whatever characters they have', async () => {
      const pairs: [UserId, string][] = [LONG_ID, someUserId()].flatMap((id) =>
        ['a', 'A', ' a', 'ü'.repeat(2000), ''].map((email): [UserId, string] => [id, email]),
      );
      for (const [index, [id, email]] of pairs.entries()) {
        expect(await stores.verification.isVerified(id, email)).toBe(false);
        await stores.verification.beginSeries(id, email, `series ${index}`);
        expect(await stores.verification.verify(id, email, `series ${index}`, 'next')).toBe(true);
      }
    });

    test('an ended series verifies nothing, and without a series there is none to end', async () => {
      const [id, email] = [someUserId(), someEmail()];
      await stores.verification.endSeries(id, email, 'unused');
      await stores.verification.beginSeries(id, email, 'one');
      await stores.verification.endSeries(id, email, 'two');
      expect(await stores.verification.verify(id, email, 'one', 'three')).toBe(false);
      expect(await stores.verification.beginSeries(id, email, 'four')).toBe('two');
    });

    test("a user's own email is verified with it", async () => {
      const { id, email } = await createdUser(stores.users);
      await stores.verification.beginSeries(id, email, 'one');
      await stores.verification.verify(id, email, 'one', 'two');
      expect((await storedUser(stores.users, id)).isVerified).toBe(true);
      await stores.verification.unverify(id, email);
      expect((await storedUser(stores.users, id)).isVerified).toBe(false);
    });

    test('a verified email is stored with its address, however it was verified', async () => {
      const id = someUserId();
      const [byToken, byOperator, moved] = [someEmail(), someEmail(), someEmail()];
      await stores.verification.beginSeries(id, byToken, 'one');
      await stores.verification.verify(id, byToken, 'one', 'two');
      await stores.verification.markVerified(id, byOperator);
      const from = someUserId();
      await stores.verification.markVerified(from, moved);
      await stores.verification.move(from, id);
      const bySignUp = await createdUser(stores.users, { isVerified: true });
      const item = await database.db.get(database.tables.coreUsers, userKey(id));
      const ofSignUp = await database.db.get(database.tables.coreUsers, userKey(bySignUp.id));
      expect(Object.values(item ?? {})).toEqual(expect.arrayContaining([byToken, byOperator, moved]));
      expect(ofSignUp?.[verifiedAttribute(bySignUp.email)]).toBe(bySignUp.email);
    });

    test('an email that an earlier version has verified, without its address, still counts', async () => {
      const user = await createdUser(stores.users);
      const set = { [verifiedAttribute(user.email)]: true };
      await database.db.update(database.tables.coreUsers, userKey(user.id), { set });
      expect(await stores.verification.isVerified(user.id, user.email)).toBe(true);
      expect((await stores.users.get(user.id))?.isVerified).toBe(true);
      const to = someUserId();
      await stores.verification.move(user.id, to);
      expect(await stores.verification.isVerified(to, user.email)).toBe(true);
      await stores.verification.unverify(to, user.email);
      expect(await stores.verification.isVerified(to, user.email)).toBe(false);
    });

    test('verified emails move to another id, pending tokens do not', async () => {
      const [from, to] = [someUserId(), someUserId()];
      const [email, pending] = [someEmail(), someEmail()];
      await stores.verification.beginSeries(from, email, 'one');
      await stores.verification.verify(from, email, 'one', 'two');
      await stores.verification.beginSeries(from, pending, 'one');
      await stores.verification.move(from, to);
      await stores.verification.move(from, to);
      expect(await stores.verification.isVerified(to, email)).toBe(true);
      expect(await stores.verification.isUsedBy(from)).toBe(false);
      expect(await stores.verification.verify(to, pending, 'one', 'two')).toBe(false);
    });

    test('all that is kept under an id can be removed, and a user with that id stays', async () => {
      const row = await createdUser(stores.users);
      const { id, email } = row;
      await stores.verification.beginSeries(id, email, 'one');
      await stores.verification.verify(id, email, 'one', 'two');
      expect(await stores.verification.isUsedBy(id)).toBe(true);
      await stores.verification.removeUser(id, always);
      expect(await stores.verification.isUsedBy(id)).toBe(false);
      expect(await stores.verification.verify(id, email, 'two', 'three')).toBe(false);
      expect(await stores.users.get(id)).toEqual(row);
      await stores.verification.removeUser(someUserId(), always);
    });

    test('a removal leaves what was stored after it was allowed', async () => {
      const [id, email] = [someUserId(), someEmail()];
      await stores.verification.beginSeries(id, email, 'one');
      await stores.verification.verify(id, email, 'one', 'two');
      const isWanted = changingAfterRead(() => stores.verification.verify(id, email, 'two', 'three'));
      await stores.verification.removeUser(id, isWanted);
      expect(await stores.verification.isVerified(id, email)).toBe(true);
      expect(await stores.verification.verify(id, email, 'three', 'four')).toBe(true);
    });

    test('more verified emails than fit into one write can be removed', async () => {
      const id = someUserId();
      for (let n = 0; n < 150; n++) await stores.verification.markVerified(id, someEmail());
      await stores.verification.removeUser(id, always);
      expect(await stores.verification.isUsedBy(id)).toBe(false);
    });

    test('more verified emails than fit into one write can be moved to another id', async () => {
      const [from, to] = [someUserId(), someUserId()];
      const emails = Array.from({ length: 150 }, someEmail);
      for (const email of emails) await stores.verification.markVerified(from, email);
      await stores.verification.move(from, to);
      expect(await stores.verification.isUsedBy(from)).toBe(false);
      const moved = await Promise.all(emails.map((email) => stores.verification.isVerified(to, email)));
      expect(moved.every((isVerified) => isVerified)).toBe(true);
    });

    test('an erased user can be kept, with what is verified for the next one', async () => {
      const row = await createdUser(stores.users);
      await stores.users.markDeleted(row.id);
      await stores.users.erase(row, JOINED);
      await stores.users.keepErased(row.id);
      await stores.verification.markVerified(row.id, row.email);
      await stores.users.erase(row, JOINED);
      expect(await stores.verification.isVerified(row.id, row.email)).toBe(true);
      expect(await stores.users.stateOf(row.id)).toBe('deleted');
    });

    test('a deleted user has no verified email, and no token', async () => {
      const row = await createdUser(stores.users);
      await stores.verification.beginSeries(row.id, row.email, 'one');
      await stores.users.markDeleted(row.id);
      await stores.users.erase(row, JOINED);
      expect(await stores.verification.verify(row.id, row.email, 'one', 'two')).toBe(false);
      expect(await stores.verification.isVerified(row.id, row.email)).toBe(false);
    });
  });

  describe('metadata', () => {
    test('is replaced while it is what was read', async () => {
      const id = someUserId();
      const one = { metadata: { a: 1 }, revision: 'one' };
      const two = { metadata: { b: ['ü', null] }, revision: 'two' };
      expect(await stores.metadata.get(id)).toBeUndefined();
      expect(await stores.metadata.replace(id, undefined, one)).toBe(true);
      expect(await stores.metadata.get(id)).toEqual({ metadata: { a: 1 }, revision: 'one' });
      expect(await stores.metadata.replace(id, undefined, two)).toBe(false);
      expect(await stores.metadata.replace(id, one, two)).toBe(true);
      expect(await stores.metadata.replace(id, one, { metadata: {}, revision: 'three' })).toBe(false);
      expect(await stores.metadata.get(id)).toEqual(two);
    });

    test('a replacement that was done is done, also when its acknowledgement was lost', async () => {
      const id = someUserId();
      const one = { metadata: {}, revision: 'one' };
      expect(await stores.metadata.replace(id, undefined, one)).toBe(true);
      expect(await stores.metadata.replace(id, undefined, one)).toBe(true);
    });

    test('that was removed and stored again is not taken for what was read before', async () => {
      const id = someUserId();
      const [one, two] = [
        { metadata: { a: 1 }, revision: randomUUID() },
        { metadata: { a: 2 }, revision: randomUUID() },
      ];
      await stores.metadata.replace(id, undefined, one);
      await stores.metadata.removeUser(id, always);
      expect(await stores.metadata.isUsedBy(id)).toBe(false);
      await stores.metadata.replace(id, undefined, two);
      expect(await stores.metadata.replace(id, one, { metadata: {}, revision: randomUUID() })).toBe(false);
      expect(await stores.metadata.isUsedBy(id)).toBe(true);
    });

    test('a removal leaves what was stored after it was allowed', async () => {
      const id = someUserId();
      const [one, two] = [
        { metadata: { a: 1 }, revision: 'one' },
        { metadata: { a: 2 }, revision: 'two' },
      ];
      await stores.metadata.replace(id, undefined, one);
      await stores.metadata.removeUser(
        id,
        changingAfterRead(() => stores.metadata.replace(id, one, two)),
      );
      expect(await stores.metadata.get(id)).toEqual(two);
      await stores.metadata.removeUser(id, async () => false);
      expect(await stores.metadata.get(id)).toEqual(two);
      await stores.metadata.remove(id);
      expect(await stores.metadata.get(id)).toBeUndefined();
    });

    test('of many users at once those are found who have some', async () => {
      const ids = Array.from({ length: 150 }, () => someUserId());
      await Promise.all(ids.map((id, n) => stores.metadata.replace(id, undefined, { metadata: { n }, revision: 'r' })));
      const found = await stores.metadata.getAll([...ids, ...ids, someUserId(), LONG_ID]);
      expect([...found.keys()].sort()).toEqual(ids.toSorted());
      expect(found.get(ids[7] as UserId)).toEqual({ n: 7 });
    });
  });
}
