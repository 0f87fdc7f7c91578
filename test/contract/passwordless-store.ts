import { randomUUID } from 'node:crypto';
import { codeIdOf, hashOfLinkCode, makeSecret, preAuthSessionIdOf } from '../../lib/core/passwordless/rules/codes.ts';
import type { CodeContact, Device } from '../../lib/core/passwordless/rules/device.ts';
import type { NewCode, PasswordlessStore } from '../../lib/core/passwordless/store/passwordless-store.ts';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import { connectTestDatabase, systemRandom } from '../fixtures/core.ts';
import { dyingDb, pausingDb } from '../fixtures/store-wrappers.ts';
import { JOINED, someEmail, somePhoneNumber } from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

const someCode = (timeCreated = JOINED): NewCode => ({
  hash: hashOfLinkCode(makeSecret(systemRandom)),
  timeCreated,
  deviceExpiry: timeCreated + 4_500_000,
});

const toEmail = (): CodeContact => ({ kind: 'email', email: someEmail() });

/** What PasswordlessStore promises in lib/core/passwordless/store/passwordless-store.ts. */
export function describePasswordlessStore(endpoint: Endpoint): void {
  let database: Database;
  let codes: PasswordlessStore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    codes = database.userStores.codes;
  });

  const newDevice = (contact: CodeContact) => ({
    id: preAuthSessionIdOf(makeSecret(systemRandom)),
    contact,
    salt: makeSecret(systemRandom),
  });

  const read = async ({ id }: Pick<Device, 'id'>): Promise<Device> => {
    const device = await codes.get(id);
    if (device === undefined) throw new Error('There is no such device');
    return device;
  };

  const created = async (contact = toEmail(), code = someCode()): Promise<Device> => {
    const device = newDevice(contact);
    await codes.createDevice(device, code);
    return read(device);
  };

  const name = () => randomUUID();
  const ids = (devices: readonly Device[]) => devices.map(({ id }) => id).sort();

  test.each<CodeContact>([toEmail(), { kind: 'phone-number', phoneNumber: somePhoneNumber() }])(
    'a device for %j comes back as it was stored, by id, code and contact',
    async (contact) => {
      const [device, code] = [newDevice(contact), someCode()];
      await codes.createDevice(device, code);
      const stored = {
        ...device,
        failedAttempts: 0,
        codes: new Map([[code.hash, code.timeCreated]]),
        expiry: code.deviceExpiry,
        lastUse: undefined,
        version: 1,
      };
      expect(await codes.get(device.id)).toEqual(stored);
      expect(await codes.findByCode(codeIdOf(code.hash))).toEqual(stored);
      expect(await codes.listByContact(contact)).toEqual([stored]);
    },
  );

  test('devices of one contact are listed together, and no others', async () => {
    const contact = toEmail();
    const devices = [await created(contact), await created(contact)];
    await created();
    expect(ids(await codes.listByContact(contact))).toEqual(ids(devices));
    expect(await codes.listByContact(toEmail())).toEqual([]);
  });

  test('a device gets another code, loses those that are dropped, and lives as long as the new one', async () => {
    const [first, second] = [someCode(), someCode(JOINED + 1000)];
    const device = await created(toEmail(), first);
    expect(await codes.addCode(device, second, [first.hash], name())).toBe(true);
    const changed = await read(device);
    expect([...changed.codes]).toEqual([[second.hash, second.timeCreated]]);
    expect(changed.expiry).toBe(second.deviceExpiry);
    expect(await codes.findByCode(codeIdOf(first.hash))).toBeUndefined();
    expect((await codes.findByCode(codeIdOf(second.hash)))?.id).toBe(device.id);
  });

  test('a failed attempt is counted, and a right one that ends nothing is not', async () => {
    const device = await created();
    expect(await codes.noteAttempt(device, 'failed', name())).toBe(true);
    const failed = await read(device);
    expect(failed).toMatchObject({ failedAttempts: 1, version: 2 });
    expect(await codes.noteAttempt(failed, 'accepted', name())).toBe(true);
    expect(await read(device)).toMatchObject({ failedAttempts: 1, version: 3 });
  });

  test('nothing is changed of a device that has changed since it was read', async () => {
    const [device, code] = [await created(), someCode()];
    await codes.noteAttempt(device, 'accepted', name());
    const [hash] = [...device.codes.keys()];
    expect(await codes.noteAttempt(device, 'failed', name())).toBe(false);
    expect(await codes.noteAttempt(device, 'used', name())).toBe(false);
    expect(await codes.addCode(device, code, [], name())).toBe(false);
    if (hash !== undefined) expect(await codes.removeCode(device, hash, name())).toBe(false);
    expect(await read(device)).toEqual({ ...device, version: 2 });
  });

  test('a change whose acknowledgement was lost is known by its name', async () => {
    const [device, attempt] = [await created(), name()];
    expect(await codes.noteAttempt(device, 'used', attempt)).toBe(true);
    expect(await codes.noteAttempt(device, 'used', attempt)).toBe(true);
    expect(await codes.noteAttempt(device, 'used', name())).toBe(false);
  });

  test('of 20 uses at once one succeeds, and then nothing leads to the device', async () => {
    const device = await created();
    const uses = Array.from({ length: 20 }, () => codes.noteAttempt(device, 'used', name()));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    expect(await codes.get(device.id)).toBeUndefined();
    expect(await codes.listByContact(device.contact)).toEqual([]);
    for (const hash of device.codes.keys()) expect(await codes.findByCode(codeIdOf(hash))).toBeUndefined();
  });

  test('a code is removed, and the others stay', async () => {
    const [first, second] = [someCode(), someCode()];
    const device = await created(toEmail(), first);
    await codes.addCode(device, second, [], name());
    expect(await codes.removeCode(await read(device), first.hash, name())).toBe(true);
    expect([...(await read(device)).codes.keys()]).toEqual([second.hash]);
    expect(await codes.findByCode(codeIdOf(first.hash))).toBeUndefined();
  });

  test('a device that has ended is found by nothing, takes no code, and keeps no email', async () => {
    const device = await created();
    await codes.end(device);
    await codes.end(device);
    expect(await codes.get(device.id)).toBeUndefined();
    expect(await codes.addCode(device, someCode(), [], name())).toBe(false);
    const left = await database.db.get(database.tables.coreUsers, { pk: `device#${device.id}`, sk: 'device' });
    expect(left).toMatchObject({ ended: true, ttl: Math.ceil(device.expiry / 1000) });
    expect(JSON.stringify(left)).not.toContain('@example.com');
  });

  test('all devices of a contact end at once, and those of others stay', async () => {
    const contact = toEmail();
    const devices = [await created(contact), await created(contact)];
    const other = await created();
    await codes.endByContact(contact);
    for (const { id } of devices) expect(await codes.get(id)).toBeUndefined();
    expect(await codes.get(other.id)).toEqual(other);
    expect(await codes.listByContact(contact)).toEqual([]);
  });

  test('when a code was used, the other devices of its contact end, and nothing leads from the contact to the used one', async () => {
    const contact = toEmail();
    const [used, second, third] = [await created(contact), await created(contact), await created(contact)];
    const other = await created();
    await codes.noteAttempt(used, 'used', name());
    const use = name();
    expect(await codes.useContact(used, use, JOINED)).toBe(true);
    expect(await codes.useContact(used, use, JOINED)).toBe(true);
    for (const { id } of [used, second, third]) expect(await codes.get(id)).toBeUndefined();
    expect(await codes.get(other.id)).toEqual(other);
    const leads = { name: 'pk', value: `devices#public#email#${contact.kind === 'email' ? contact.email : ''}` };
    expect(await database.db.query(database.tables.coreUsers, leads)).toEqual([]);
  });

  test('of 10 devices of a contact that are used at once, one may be, and the next device may be used again', async () => {
    const contact = toEmail();
    for (let round = 0; round < 3; round++) {
      const devices = await Promise.all(Array.from({ length: 10 }, () => created(contact)));
      const uses = await Promise.all(devices.map((device) => codes.useContact(device, name(), JOINED)));
      expect(uses.filter(Boolean)).toHaveLength(1);
    }
  });

  test('a device may be used if the item of the use before it has expired', async () => {
    const contact = toEmail();
    expect(await codes.useContact(await created(contact), name(), JOINED)).toBe(true);
    const device = await created(contact);
    const used = { pk: `used#public#email#${contact.kind === 'email' ? contact.email : ''}`, sk: 'use' };
    expect(await database.db.get(database.tables.coreUsers, used)).toMatchObject({ ttl: Math.ceil(JOINED / 1000) });
    await database.db.delete(database.tables.coreUsers, used);
    expect(await codes.useContact(device, name(), JOINED)).toBe(true);
  });

  test('a device that is stored while the others end is still found by its contact', async () => {
    const [contact, code] = [toEmail(), someCode()];
    const device = newDevice(contact);
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'put' && pk === `device#${device.id}`);
    const creation = createDynamoDbUserStores(paused.db, database.tables.coreUsers).codes.createDevice(device, code);
    await paused.reached;
    await codes.endByContact(contact);
    paused.resume();
    await creation;
    expect(ids(await codes.listByContact(contact))).toEqual([device.id]);
    await codes.endByContact(contact);
    expect(await codes.get(device.id)).toBeUndefined();
  });

  test('the creation of a device that ended, sent again, does not bring it back', async () => {
    const [device, code] = [newDevice(toEmail()), someCode()];
    await codes.createDevice(device, code);
    await codes.noteAttempt(await read(device), 'used', name());
    await codes.createDevice(device, code);
    expect(await codes.get(device.id)).toBeUndefined();
  });

  test.each([0, 1, 2, 3])(
    'after %i writes of a creation, everything leads to the device or nothing does',
    async (n) => {
      const [device, code] = [newDevice(toEmail()), someCode()];
      const dying = createDynamoDbUserStores(dyingDb(database.db, n), database.tables.coreUsers).codes;
      await dying.createDevice(device, code).catch(() => undefined);
      const isThere = (await codes.get(device.id)) !== undefined;
      expect(isThere).toBe(n === 3);
      expect(await codes.listByContact(device.contact)).toHaveLength(isThere ? 1 : 0);
      expect((await codes.findByCode(codeIdOf(code.hash)))?.id).toBe(isThere ? device.id : undefined);
    },
  );

  test.each([0, 1, 2, 3])(
    'after %i writes of a resend, the device has the new code wholly or not at all',
    async (n) => {
      const [device, code] = [await created(), someCode(JOINED + 1)];
      const dying = createDynamoDbUserStores(dyingDb(database.db, n), database.tables.coreUsers).codes;
      await dying.addCode(device, code, [], name()).catch(() => undefined);
      const hasCode = (await read(device)).codes.has(code.hash);
      expect(hasCode).toBe(n === 3);
      expect((await codes.findByCode(codeIdOf(code.hash)))?.id).toBe(hasCode ? device.id : undefined);
    },
  );

  test.each([0, 1, 2, 3])('after %i writes, ending the other devices of a used one can be repeated', async (n) => {
    const contact = toEmail();
    const [used, other] = [await created(contact), await created(contact)];
    await codes.noteAttempt(used, 'used', name());
    const dying = createDynamoDbUserStores(dyingDb(database.db, n), database.tables.coreUsers).codes;
    const use = name();
    await dying.useContact(used, use, JOINED).catch(() => undefined);
    expect(await codes.useContact(used, use, JOINED)).toBe(true);
    expect(await codes.get(other.id)).toBeUndefined();
    expect(await codes.listByContact(contact)).toEqual([]);
  });

  test.each([0, 1, 2, 3])('after %i writes, ending the devices of a contact can be repeated', async (n) => {
    const contact = toEmail();
    const devices = [await created(contact), await created(contact)];
    const dying = createDynamoDbUserStores(dyingDb(database.db, n), database.tables.coreUsers).codes;
    await dying.endByContact(contact).catch(() => undefined);
    await codes.endByContact(contact);
    for (const { id } of devices) expect(await codes.get(id)).toBeUndefined();
    expect(await codes.listByContact(contact)).toEqual([]);
  });
}
