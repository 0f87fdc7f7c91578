import { randomUUID } from 'node:crypto';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { PhoneNumber, ThirdPartyId, ThirdPartyUserId, UserId } from '../../lib/core/types.ts';
import { type Contact, contactsOf, identityOf } from '../../lib/core/user/rules/identity.ts';
import type { UserRow } from '../../lib/core/user/rules/user-row.ts';
import type { NewUser, UserStore } from '../../lib/core/user/store/user-store.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { dyingDb, pausingDb } from '../fixtures/store-wrappers.ts';
import {
  createdUser,
  JOINED,
  someEmail,
  someNewUser,
  somePasswordlessUser,
  somePhoneNumber,
  someThirdParty,
  someThirdPartyUser,
  storedUser,
  toEmail,
} from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

/** When what a request has claimed and not stored is free again. */
const LATER = JOINED + 60_001;

/** More writes than a change of both contacts has. */
const CRASHES = Array.from({ length: 14 }, (_, writes) => writes);

/** What UserStore promises of third-party ids and phone numbers, and of users with several contacts. */
export function describeUserContacts(endpoint: Endpoint): void {
  let database: Database;
  let users: UserStore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    users = database.userStores.users;
  });

  const storeOn = (db: DynamoDb): UserStore => createDynamoDbUserStores(db, database.tables.coreUsers).users;

  const created = async (user: NewUser): Promise<UserRow> => {
    expect(await users.create(user)).toBe(true);
    const row = await users.get(user.id);
    if (row === undefined) throw new Error('The user was not stored');
    return row;
  };

  const search = async (field: 'email' | 'phone' | 'provider', beginning: string, isWanted = (_: UserRow) => true) =>
    (await users.search({ field, beginning, isWanted, limit: 10 })).map(({ id }) => id);

  /** The user with a contact in a recipe. Checks first that every look-up leads to the same user. */
  const holderOf = async (recipe: UserRow['recipe'], contact: Contact): Promise<UserId | undefined> => {
    const identity = identityOf(recipe, contact);
    const found = identity && (await users.find(identity));
    const ids = found === undefined ? [] : [found.id];
    if (contact.kind === 'email') expect(await search('email', contact.email)).toEqual(ids);
    if (contact.kind === 'phone-number') expect(await search('phone', contact.phoneNumber)).toEqual(ids);
    return found?.id;
  };

  describe('a user of a provider', () => {
    test('comes back as stored, by the provider’s id and by the email', async () => {
      const user = someThirdPartyUser({ isVerified: true });
      const row = await created(user);
      expect(row).toMatchObject(user);
      const { thirdParty = someThirdParty() } = user;
      expect(await users.find({ recipe: 'thirdparty', thirdParty })).toEqual(row);
      expect(await users.listByEmail(user.email)).toEqual([row]);
    });

    test('is one for each pair of ids, whatever characters they have', async () => {
      const pair = (id: string, userId: string) => ({ id: id as ThirdPartyId, userId: userId as ThirdPartyUserId });
      const mark = randomUUID();
      const pairs = [
        pair(`a#${mark}`, 'b'),
        pair('a', `${mark}#b`),
        pair(`a","${mark}`, 'b'),
        pair('a', `${mark}","b`),
        pair('A', `${mark}#b`),
        pair(' a', `${mark}#b`),
      ];
      for (const thirdParty of pairs) {
        const { id } = await created(someThirdPartyUser({ thirdParty }));
        expect((await users.find({ recipe: 'thirdparty', thirdParty }))?.id).toBe(id);
        expect(await users.create(someThirdPartyUser({ thirdParty }))).toBe(false);
      }
    });

    test('may share the email with users of other providers and recipes', async () => {
      const email = someEmail();
      const rows = [
        await created(someThirdPartyUser({ email })),
        await created(someThirdPartyUser({ email, thirdParty: someThirdParty('github') })),
        await created(someNewUser({ email })),
      ];
      const found = (await users.listByEmail(email)).map(({ id }) => id);
      expect(found.sort()).toEqual(rows.map(({ id }) => id).sort());
    });

    test('keeps the provider’s id when the email changes to one that others have', async () => {
      const row = await created(someThirdPartyUser());
      const { email } = await createdUser(users);
      expect(await users.change(row, toEmail(email), JOINED)).toBe('changed');
      expect(await users.listByEmail(row.email ?? someEmail())).toEqual([]);
      expect(await users.listByEmail(email)).toHaveLength(2);
      const { thirdParty = someThirdParty() } = row;
      expect(await users.find({ recipe: 'thirdparty', thirdParty })).toMatchObject({ id: row.id, email });
    });

    test('is stored once by 50 requests at once', async () => {
      const thirdParty = someThirdParty();
      const made = Array.from({ length: 50 }, () => someThirdPartyUser({ thirdParty }));
      const results = await Promise.all(made.map((user) => users.create(user)));
      expect(results.filter(Boolean)).toHaveLength(1);
      const winner = made[results.indexOf(true)];
      expect((await users.find({ recipe: 'thirdparty', thirdParty }))?.id).toBe(winner?.id);
      for (const { id, email } of made) {
        expect(await users.listByEmail(email)).toHaveLength(id === winner?.id ? 1 : 0);
      }
    });

    test('is found by nothing once erased, and the provider’s id is free', async () => {
      const row = await created(someThirdPartyUser());
      const { thirdParty = someThirdParty() } = row;
      await users.markDeleted(row.id);
      expect(await users.find({ recipe: 'thirdparty', thirdParty })).toBeUndefined();
      await users.erase(row, JOINED);
      const next = await created(someThirdPartyUser({ thirdParty }));
      expect((await users.find({ recipe: 'thirdparty', thirdParty }))?.id).toBe(next.id);
    });
  });

  describe('a user with a phone number', () => {
    test('is found by it, and by the email if there is one', async () => {
      const both = await created(somePasswordlessUser());
      const phoneAlone = await created(somePasswordlessUser({ email: undefined }));
      for (const row of [both, phoneAlone]) {
        for (const contact of contactsOf(row)) expect(await holderOf('passwordless', contact)).toBe(row.id);
      }
      expect([both.isVerified, phoneAlone.isVerified]).toEqual([false, true]);
    });

    test('is not stored if another user has the phone number, and leaves the email free', async () => {
      const { phoneNumber } = await created(somePasswordlessUser());
      const email = someEmail();
      expect(await users.create(somePasswordlessUser({ email, phoneNumber }))).toBe(false);
      await created(somePasswordlessUser({ email }));
    });

    test('changes email and phone number together, or neither', async () => {
      const row = await created(somePasswordlessUser());
      const other = await created(somePasswordlessUser());
      const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
      expect(await users.change(row, { ...toEmail(email), phoneNumber: other.phoneNumber }, JOINED)).toBe(
        'phone-number-taken',
      );
      expect(await users.change(row, { ...toEmail(other.email ?? email), phoneNumber }, JOINED)).toBe('email-taken');
      expect(await users.get(row.id)).toEqual(row);
      await created(somePasswordlessUser({ email, phoneNumber }));
      const [nextEmail, nextNumber] = [someEmail(), somePhoneNumber()];
      expect(await users.change(row, { ...toEmail(nextEmail), phoneNumber: nextNumber }, JOINED)).toBe('changed');
      expect(await users.get(row.id)).toMatchObject({ email: nextEmail, phoneNumber: nextNumber });
      for (const contact of contactsOf(row)) expect(await holderOf('passwordless', contact)).toBeUndefined();
    });

    test('can give either of the two up, which is then free at once', async () => {
      const row = await created(somePasswordlessUser());
      expect(await users.change(row, { email: null, claim: randomUUID() }, JOINED)).toBe('changed');
      const phoneAlone = await users.get(row.id);
      expect(phoneAlone).toMatchObject({ email: undefined, phoneNumber: row.phoneNumber, isVerified: true });
      await created(somePasswordlessUser({ email: row.email }));
      const email = someEmail();
      expect(await users.change(phoneAlone ?? row, { email, phoneNumber: null, claim: randomUUID() }, JOINED)).toBe(
        'changed',
      );
      expect(await users.get(row.id)).toMatchObject({ email, phoneNumber: undefined, phoneClaim: undefined });
      await created(somePasswordlessUser({ phoneNumber: row.phoneNumber }));
    });

    test('of 20 users who want one phone number at once, and 20 new ones, one gets it', async () => {
      const phoneNumber = somePhoneNumber();
      const rows = await Promise.all(Array.from({ length: 20 }, () => created(somePasswordlessUser())));
      const fresh = Array.from({ length: 20 }, () => somePasswordlessUser({ phoneNumber }));
      const results = await Promise.all([
        ...rows.map(async (row) => {
          const change = { phoneNumber, claim: randomUUID() };
          return (await users.change(row, change, JOINED)) === 'changed';
        }),
        ...fresh.map((user) => users.create(user)),
      ]);
      expect(results.filter(Boolean)).toHaveLength(1);
      const holder = [...rows, ...fresh][results.indexOf(true)]?.id;
      expect(await holderOf('passwordless', { kind: 'phone-number', phoneNumber })).toBe(holder);
    });

    test('is found by nothing once erased, and email and phone number are free', async () => {
      const row = await created(somePasswordlessUser());
      await users.markDeleted(row.id);
      await users.erase(row, JOINED);
      for (const contact of contactsOf(row)) expect(await holderOf('passwordless', contact)).toBeUndefined();
      await created(somePasswordlessUser({ email: row.email, phoneNumber: row.phoneNumber }));
    });
  });

  describe('search', () => {
    test('finds users by the beginning of the provider and of the phone number', async () => {
      const provider = `provider-${randomUUID()}`;
      const ours = await created(someThirdPartyUser({ thirdParty: someThirdParty(provider) }));
      expect(await search('provider', provider.slice(0, -3))).toEqual([ours.id]);
      expect(await search('provider', `${provider}s`)).toEqual([]);
      const phoneNumber = `+49${randomUUID()}` as PhoneNumber;
      const theirs = await created(somePasswordlessUser({ phoneNumber }));
      expect(await search('phone', phoneNumber.slice(0, -3))).toEqual([theirs.id]);
    });

    test('continues until it has as many users as are wanted', async () => {
      const mark = randomUUID();
      const rows: UserRow[] = [];
      for (const name of ['a', 'b', 'c', 'd']) {
        rows.push(await created(someThirdPartyUser({ thirdParty: someThirdParty(`${mark}-${name}`) })));
      }
      const isWanted = ({ id }: UserRow) => id === rows[3]?.id;
      const found = await users.search({ field: 'provider', beginning: mark, isWanted, limit: 1 });
      expect(found.map(({ id }) => id)).toEqual([rows[3]?.id]);
    });
  });

  describe.each(CRASHES)('after %i writes', (writes) => {
    const crash = (work: (store: UserStore) => Promise<unknown>) =>
      work(storeOn(dyingDb(database.db, writes))).catch(() => undefined);

    test('of a change of both contacts, the user has the old ones or the new ones, and the others are free', async () => {
      const row = await created(somePasswordlessUser());
      const change = { ...toEmail(someEmail()), phoneNumber: somePhoneNumber() };
      await crash((store) => store.change(row, change, JOINED));
      const current = await users.get(row.id);
      const [has, lacks] = current?.email === row.email ? [row, change] : [change, row];
      expect(current).toMatchObject({ email: has.email, phoneNumber: has.phoneNumber });
      const next = somePasswordlessUser({ email: lacks.email, phoneNumber: lacks.phoneNumber, timeJoined: LATER });
      expect(await users.create(next)).toBe(true);
      for (const contact of contactsOf(next)) expect(await holderOf('passwordless', contact)).toBe(next.id);
      for (const contact of contactsOf(current ?? row)) expect(await holderOf('passwordless', contact)).toBe(row.id);
      const { email } = has;
      expect(await users.create(somePasswordlessUser({ email, timeJoined: LATER }))).toBe(false);
    });

    test('of the creation of a provider’s user, the user is there or the provider’s id is free', async () => {
      const user = someThirdPartyUser();
      await crash((store) => store.create(user));
      const isThere = (await users.get(user.id)) !== undefined;
      const next = someThirdPartyUser({ ...user, id: randomUUID() as UserId, claim: randomUUID(), timeJoined: LATER });
      expect(await users.create(next)).toBe(!isThere);
      expect((await users.listByEmail(user.email)).map(({ id }) => id)).toEqual([isThere ? user.id : next.id]);
    });
  });

  test('a change that fails takes nothing from another change of the same user to the same email', async () => {
    const stale = await createdUser(users);
    await users.change(stale, toEmail(someEmail()), JOINED);
    const row = await storedUser(users, stale.id);
    const email = someEmail();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === `user#${row.id}`);
    const change = storeOn(paused.db).change(row, toEmail(email), JOINED);
    await paused.reached;
    expect(await users.change(stale, toEmail(email), JOINED)).toBe('overtaken');
    paused.resume();
    const isChanged = (await change) === 'changed';
    expect((await storedUser(users, row.id)).email).toBe(isChanged ? email : row.email);
    expect(await holderOf('emailpassword', { kind: 'email', email })).toBe(isChanged ? row.id : undefined);
  });
}
