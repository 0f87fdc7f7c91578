import { randomUUID } from 'node:crypto';
import type { Email, UserId } from '../../lib/core/types.ts';
import type { SearchField } from '../../lib/core/user/rules/search.ts';
import type { UserStore } from '../../lib/core/user/store/user-store.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import {
  createdUser,
  JOINED,
  someEmail,
  someHash,
  someNewUser,
  someUserId,
  storedUser,
  toEmail,
} from '../fixtures/users.ts';
import type { Endpoint } from './targets.ts';

/** What UserStore promises in lib/core/user/store/user-store.ts, except for its lists. */
export function describeUserStore(endpoint: Endpoint): void {
  let users: UserStore;

  beforeAll(async () => {
    users = (await connectTestDatabase(await endpoint())).userStores.users;
  });

  const search = async (field: SearchField, beginning: string, limit = 10): Promise<UserId[]> =>
    (await users.search({ field, beginning, isWanted: () => true, limit })).map(({ id }) => id).sort();

  const deletedUser = async () => {
    const user = await createdUser(users);
    await users.markDeleted(user.id);
    await users.erase(user, JOINED);
    return user;
  };

  describe('create', () => {
    test('the user comes back as it was stored, by id and by email', async () => {
      const user = someNewUser();
      expect(await users.create(user)).toBe(true);
      const stored = {
        ...user,
        phoneNumber: undefined,
        phoneClaim: undefined,
        thirdParty: undefined,
        primaryId: undefined,
        isRetired: false,
        externalId: undefined,
        mapping: undefined,
        externalIdInfo: undefined,
        resetSeries: undefined,
        version: 1,
      };
      expect(await users.get(user.id)).toEqual(stored);
      expect(await users.find({ recipe: 'emailpassword', email: user.email })).toEqual(stored);
      expect(await users.listByEmail(user.email)).toEqual([stored]);
    });

    test('an email that another user has is taken, and that user stays', async () => {
      const { id, email } = await createdUser(users);
      const other = someNewUser({ email });
      expect(await users.create(other)).toBe(false);
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(id);
      expect(await users.get(other.id)).toBeUndefined();
      expect(await users.listByEmail(email)).toHaveLength(1);
    });

    test('users of two recipes may have one email', async () => {
      const { id, email } = await createdUser(users);
      const other = await createdUser(users, { email, recipe: 'passwordless', passwordHash: undefined });
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(id);
      expect((await users.find({ recipe: 'passwordless', email: email }))?.id).toBe(other.id);
      expect((await users.listByEmail(email)).map((row) => row.id).sort()).toEqual([id, other.id].sort());
    });

    test('the same user again is the same user', async () => {
      const user = someNewUser();
      expect(await users.create(user)).toBe(true);
      expect(await users.create(user)).toBe(true);
      expect(await users.listByEmail(user.email)).toHaveLength(1);
    });

    test('an email may have any characters', async () => {
      for (const email of ['no at sign', 'ünï@exämple.com', 'a#b@c#d', '🦄@example.com', '<b>&\'"@x']) {
        const { id } = await createdUser(users, { email: `${email}${randomUUID()}` as Email });
        const { email: stored } = await storedUser(users, id);
        expect((await users.find({ recipe: 'emailpassword', email: stored }))?.id).toBe(id);
        expect((await users.listByEmail(stored)).map((row) => row.id)).toEqual([id]);
      }
    });

    test('of 50 at once with one email one succeeds', async () => {
      const email = someEmail();
      const made = Array.from({ length: 50 }, () => someNewUser({ email }));
      const results = await Promise.all(made.map((user) => users.create(user)));
      expect(results.filter(Boolean)).toHaveLength(1);
      const winner = made[results.indexOf(true)];
      expect(await users.listByEmail(email)).toHaveLength(1);
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(winner?.id);
    });
  });

  describe('search', () => {
    test('users are found by the beginning of the email and of its domain', async () => {
      const mark = randomUUID();
      const anna = await createdUser(users, { email: `anna-${mark}@one-${mark}.example` as Email });
      const bert = await createdUser(users, { email: `bert-${mark}@one-${mark}.example` as Email });
      const found = (beginning: string, limit?: number) => search('email', beginning, limit);
      expect(await found(`anna-${mark}`)).toEqual([anna.id]);
      expect(await found(`one-${mark}`)).toEqual([anna.id, bert.id].sort());
      expect(await found(`one-${mark}`, 1)).toHaveLength(1);
      expect(await found(`nna-${mark}`)).toEqual([]);
      expect(await found(`anna-${mark}@one-${mark}.example`)).toEqual([anna.id]);
    });
  });

  describe('change', () => {
    test('a user with another email is found by that one alone', async () => {
      const row = await createdUser(users);
      const email = someEmail();
      expect(await users.change(row, toEmail(email), JOINED)).toBe('changed');
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(row.id);
      expect(await users.find({ recipe: 'emailpassword', email: row.email })).toBeUndefined();
      expect(await users.listByEmail(row.email)).toEqual([]);
      expect(await users.listByEmail(email)).toHaveLength(1);
      expect(await search('email', row.email)).toEqual([]);
    });

    test('an email that was given up is free at once', async () => {
      const row = await createdUser(users);
      await users.change(row, toEmail(someEmail()), JOINED);
      expect(await users.create(someNewUser({ email: row.email }))).toBe(true);
      expect(await users.change(await storedUser(users, row.id), toEmail(row.email), JOINED)).toBe('email-taken');
    });

    test('email and password change together, or not at all', async () => {
      const row = await createdUser(users);
      const other = await createdUser(users);
      const passwordHash = someHash();
      expect(await users.change(row, { ...toEmail(other.email), passwordHash }, JOINED)).toBe('email-taken');
      expect(await users.get(row.id)).toEqual(row);
      const email = someEmail();
      expect(await users.change(row, { ...toEmail(email), passwordHash }, JOINED)).toBe('changed');
      expect(await users.get(row.id)).toMatchObject({ email, passwordHash });
    });

    test('the same email, or nothing, is no change', async () => {
      const row = await createdUser(users);
      expect(await users.change(row, toEmail(row.email), JOINED)).toBe('changed');
      expect(await users.change(row, { claim: randomUUID() }, JOINED)).toBe('changed');
      expect(await users.get(row.id)).toEqual(row);
    });

    test('an email that the user has had before can be taken back', async () => {
      const row = await createdUser(users);
      await users.change(row, toEmail(someEmail()), JOINED);
      expect(await users.change(await storedUser(users, row.id), toEmail(row.email), JOINED)).toBe('changed');
      expect((await users.find({ recipe: 'emailpassword', email: row.email }))?.id).toBe(row.id);
      expect(await users.listByEmail(row.email)).toHaveLength(1);
    });

    test('of a row that has changed meanwhile it is overtaken, and leaves the email free', async () => {
      const row = await createdUser(users);
      await users.change(row, toEmail(someEmail()), JOINED);
      const email = someEmail();
      expect(await users.change(row, toEmail(email), JOINED)).toBe('overtaken');
      expect(await users.listByEmail(email)).toEqual([]);
      expect(await users.create(someNewUser({ email }))).toBe(true);
    });

    test('of a deleted user it is overtaken', async () => {
      const row = await deletedUser();
      expect(await users.change(row, toEmail(someEmail()), JOINED)).toBe('overtaken');
      expect(await users.change(row, { passwordHash: someHash(), claim: randomUUID() }, JOINED)).toBe('overtaken');
      expect(await users.get(row.id)).toBeUndefined();
    });

    test('of 20 users who want one email at once, and 20 new ones, one gets it', async () => {
      const email = someEmail();
      const rows = await Promise.all(Array.from({ length: 20 }, () => createdUser(users)));
      const fresh = Array.from({ length: 20 }, () => someNewUser({ email }));
      const changes = await Promise.all([
        ...rows.map(async (row) => (await users.change(row, toEmail(email), JOINED)) === 'changed'),
        ...fresh.map((user) => users.create(user)),
      ]);
      expect(changes.filter(Boolean)).toHaveLength(1);
      const holder = [...rows, ...fresh][changes.indexOf(true)]?.id;
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(holder);
      expect((await users.listByEmail(email)).map(({ id }) => id)).toEqual([holder]);
    });

    test('of 20 changes of one user at once one is done, and the user is found by exactly that email', async () => {
      const row = await createdUser(users);
      const emails = Array.from({ length: 20 }, () => someEmail());
      const results = await Promise.all(emails.map((email) => users.change(row, toEmail(email), JOINED)));
      expect(results.filter((result) => result === 'changed')).toHaveLength(1);
      const { email: current } = await storedUser(users, row.id);
      for (const email of [row.email, ...emails]) {
        const found = email === current ? row.id : undefined;
        expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(found);
        expect(await users.listByEmail(email)).toHaveLength(found === undefined ? 0 : 1);
      }
    });

    test('20 changes of one user to one email at once leave the user with it', async () => {
      const row = await createdUser(users);
      const email = someEmail();
      const results = await Promise.all(Array.from({ length: 20 }, () => users.change(row, toEmail(email), JOINED)));
      expect(results).toContain('changed');
      expect((await users.find({ recipe: 'emailpassword', email: email }))?.id).toBe(row.id);
      expect(await users.listByEmail(email)).toHaveLength(1);
      expect(await users.create(someNewUser({ email, timeJoined: JOINED + 3_600_000 }))).toBe(false);
    });
  });

  describe('renewHash', () => {
    test('a hash is replaced while it is the one that was read', async () => {
      const row = await createdUser(users);
      const passwordHash = someHash();
      expect(await users.renewHash(row, passwordHash)).toBe(true);
      expect(await users.renewHash(row, someHash())).toBe(false);
      expect((await storedUser(users, row.id)).passwordHash).toBe(passwordHash);
    });
  });

  describe('reset series', () => {
    test('the first that begins is live, and every later beginning gets it', async () => {
      const { id } = await createdUser(users);
      expect(await users.beginResetSeries(id, 'one')).toBe('one');
      expect(await users.beginResetSeries(id, 'two')).toBe('one');
      expect((await storedUser(users, id)).resetSeries).toBe('one');
    });

    test('a series ends once, and the next is live', async () => {
      const { id } = await createdUser(users);
      await users.beginResetSeries(id, 'one');
      expect(await users.endResetSeries(id, 'other', 'two')).toBe(false);
      expect(await users.endResetSeries(id, 'one', 'two')).toBe(true);
      expect(await users.endResetSeries(id, 'one', 'three')).toBe(false);
      expect(await users.beginResetSeries(id, 'four')).toBe('two');
    });

    test('with its end the password can change, in the same write', async () => {
      const { id, passwordHash } = await createdUser(users);
      await users.beginResetSeries(id, 'one');
      const other = someHash();
      expect(await users.endResetSeries(id, 'not live', 'two', other)).toBe(false);
      expect((await storedUser(users, id)).passwordHash).toBe(passwordHash);
      expect(await users.endResetSeries(id, 'one', 'two', other)).toBe(true);
      expect((await storedUser(users, id)).passwordHash).toBe(other);
    });

    test('of 20 ends at once one succeeds', async () => {
      const { id } = await createdUser(users);
      await users.beginResetSeries(id, 'one');
      const ends = Array.from({ length: 20 }, (_, index) => users.endResetSeries(id, 'one', `next ${index}`));
      expect((await Promise.all(ends)).filter(Boolean)).toHaveLength(1);
    });

    test('a deleted user has none', async () => {
      const { id } = await createdUser(users);
      await users.beginResetSeries(id, 'one');
      await users.markDeleted(id);
      expect(await users.endResetSeries(id, 'one', 'two')).toBe(false);
      expect(await users.beginResetSeries(id, 'three')).toBeUndefined();
      expect(await users.beginResetSeries(someUserId(), 'one')).toBeUndefined();
    });
  });

  describe('deletion', () => {
    test('a user who is marked is found by nothing, and the email is free at once', async () => {
      const row = await createdUser(users);
      expect((await users.markDeleted(row.id))?.email).toBe(row.email);
      expect(await users.get(row.id)).toBeUndefined();
      expect(await users.find({ recipe: 'emailpassword', email: row.email })).toBeUndefined();
      expect(await users.listByEmail(row.email)).toEqual([]);
      expect(await users.stateOf(row.id)).toBe('deleted');
      expect(await users.create(someNewUser({ email: row.email }))).toBe(true);
    });

    test('what is left of a marked user can be erased later, and leaves the next user of the email alone', async () => {
      const row = await createdUser(users);
      await users.markDeleted(row.id);
      const next = await createdUser(users, { email: row.email });
      const left = await users.markDeleted(row.id);
      await users.erase(left ?? row, JOINED);
      await users.erase(left ?? row, JOINED);
      expect((await users.find({ recipe: 'emailpassword', email: row.email }))?.id).toBe(next.id);
      expect((await users.listByEmail(row.email)).map(({ id }) => id)).toEqual([next.id]);
      expect(await users.stateOf(row.id)).toBe('deleted');
      expect(await users.markDeleted(row.id)).toBeUndefined();
    });

    test('of an unknown user there is nothing to mark', async () => {
      expect(await users.markDeleted(someUserId())).toBeUndefined();
      expect(await users.stateOf('no-user' as UserId)).toBe('unknown');
      expect(await users.stateOf((await createdUser(users)).id)).toBe('live');
    });

    test('a user is not erased without having been marked', async () => {
      const row = await createdUser(users);
      await users.erase(row, JOINED);
      expect(await users.get(row.id)).toEqual(row);
    });
  });
}
