import type { Condition, DynamoDb, Item, Key, Update } from '../../../dynamodb/client.ts';
import { both, either, IF_NEW, IF_THERE, ifEqual, ifPresent } from '../../../dynamodb/conditions.ts';
import type { Email, LinkCodeHash, Millis, PhoneNumber, PreAuthSessionId } from '../../types.ts';
import { codeIdOf } from '../rules/codes.ts';
import type { CodeContact, Device } from '../rules/device.ts';
import type { AttemptOutcome, NewCode, NewDevice, PasswordlessStore } from './passwordless-store.ts';

/**
 * Devices in the table of users. A device has an item, an item that leads from the contact to the device, and one for
 * each of its codes.
 */
export function createPasswordlessTable(db: DynamoDb, table: string): PasswordlessStore {
  const place: Place = { db, table };
  return {
    async createDevice(device, code) {
      const [lastUse] = await Promise.all([lastUseOf(place, device.contact), putLeads(place, device, code)]);
      // If there is one, it is our own, whose acknowledgement was lost.
      await db.put(table, newDeviceItem(device, code, lastUse), IF_NEW);
    },
    get: (id) => get(place, id),
    async findByCode(codeId) {
      const id = (await db.get(table, codeKey(codeId)))?.deviceId;
      const device = id === undefined ? undefined : await get(place, id as PreAuthSessionId);
      const hasCode = [...(device?.codes.keys() ?? [])].some((hash) => codeIdOf(hash) === codeId);
      return hasCode ? device : undefined;
    },
    async listByContact(contact) {
      const ids = await idsOf(place, contact);
      const items = await db.batchGet(table, ids.map(deviceKey), true);
      return items.flatMap((item) => deviceOf(item) ?? []);
    },
    async addCode(device, code, drop, name) {
      await putLeads(place, device, code);
      const { deviceExpiry: expiry, hash, timeCreated } = code;
      const set = { [codeAttribute(hash)]: timeCreated, expiry, ttl: ttlOf(expiry) };
      return change(place, device, { set, remove: drop.map(codeAttribute) }, name);
    },
    noteAttempt: (device, outcome, attempt) => change(place, device, UPDATES[outcome], attempt),
    removeCode: (device, hash, name) => change(place, device, { remove: [codeAttribute(hash)] }, name),
    end: ({ id, contact }) => end(place, id, contact),
    async useContact({ id: used, contact, lastUse }, name, until) {
      const [isFirst, ids] = await Promise.all([
        storeUse(place, contact, { lastUse, name, until }),
        idsOf(place, contact),
        db.delete(table, contactKey(contact, used)),
      ]);
      const others = ids.filter((id) => id !== used);
      if (isFirst) await endAll(place, contact, others);
      return isFirst;
    },
    endByContact: async (contact) => endAll(place, contact, await idsOf(place, contact)),
  };
}

/** Where devices are kept. */
interface Place {
  readonly db: DynamoDb;
  readonly table: string;
}

const get = async ({ db, table }: Place, id: PreAuthSessionId): Promise<Device | undefined> =>
  deviceOf(await db.get(table, deviceKey(id)));

/** Changes a device that has not changed since it was read. @param name that of the change */
async function change({ db, table }: Place, device: Device, update: Update, name: string): Promise<boolean> {
  const changed = await db.update(table, deviceKey(device.id), {
    ...update,
    set: { ...update.set, lastChange: name },
    add: { ...update.add, version: 1 },
    condition: both(IF_USABLE, ifEqual('version', device.version)),
  });
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return changed !== undefined || (await db.get(table, deviceKey(device.id)))?.lastChange === name;
}

/** Writes what leads to a device: from its contact, and from its new code. */
async function putLeads(
  { db, table }: Place,
  { id, contact }: Pick<Device, 'id' | 'contact'>,
  code: NewCode,
): Promise<void> {
  const ttl = ttlOf(code.deviceExpiry);
  await Promise.all([
    db.put(table, { ...contactKey(contact, id), ttl }),
    db.put(table, { ...codeKey(codeIdOf(code.hash)), deviceId: id, ttl }),
  ]);
}

const lastUseOf = async ({ db, table }: Place, contact: CodeContact): Promise<string | undefined> => {
  const item = await db.get(table, useKey(contact));
  return item && String(item.name);
};

/** Of devices that were created after the same use, one stores the next. */
async function storeUse(
  place: Place,
  contact: CodeContact,
  { lastUse, name, until }: { readonly lastUse: string | undefined; readonly name: string; readonly until: Millis },
): Promise<boolean> {
  const isFirst = await place.db.update(place.table, useKey(contact), {
    set: { name, ttl: ttlOf(until) },
    // The item of an earlier use may have expired.
    condition: lastUse === undefined ? IF_NEW : either(IF_NEW, ifEqual('name', lastUse)),
  });
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return isFirst !== undefined || (await lastUseOf(place, contact)) === name;
}

/** Safe to repeat. Nothing is removed that leads to a device which is yet to be stored. */
async function end({ db, table }: Place, id: PreAuthSessionId, contact: CodeContact): Promise<void> {
  const ended = await db.update(table, deviceKey(id), { ...ENDED, condition: IF_THERE });
  if (ended !== undefined) await db.delete(table, contactKey(contact, id));
}

const endAll = async (place: Place, contact: CodeContact, ids: readonly PreAuthSessionId[]): Promise<void> =>
  void (await Promise.all(ids.map((id) => end(place, id, contact))));

/** What is left of the item keeps the device from being stored again by a request that comes late. It expires. */
const ENDED: Update = { set: { ended: true }, remove: ['email', 'phoneNumber', 'salt'] };

const UPDATES: Readonly<Record<AttemptOutcome, Update>> = {
  failed: { add: { failedAttempts: 1 } },
  accepted: {},
  used: ENDED,
};

const idsOf = async ({ db, table }: Place, contact: CodeContact): Promise<PreAuthSessionId[]> =>
  (await db.query(table, { name: 'pk', value: contactPartition(contact) })).map(({ sk }) => sk as PreAuthSessionId);

const deviceKey = (id: PreAuthSessionId): Key => ({ pk: `device#${id}`, sk: 'device' });

const codeKey = (codeId: string): Key => ({ pk: `code#${codeId}`, sk: 'code' });

const contactKey = (contact: CodeContact, id: PreAuthSessionId): Key => ({ pk: contactPartition(contact), sk: id });

const useKey = (contact: CodeContact): Key => ({ pk: `used#public#${nameOf(contact)}`, sk: 'use' });

const contactPartition = (contact: CodeContact): string => `devices#public#${nameOf(contact)}`;

const nameOf = (contact: CodeContact): string =>
  contact.kind === 'email' ? `email#${contact.email}` : `phone#${contact.phoneNumber}`;

const ttlOf = (expiry: Millis): number => Math.ceil(expiry / 1000);

const CODE = 'code_';
const codeAttribute = (hash: LinkCodeHash): string => `${CODE}${hash}`;

/** The item is a device's that has not ended. */
const IF_USABLE: Condition = ifPresent('salt');

const newDeviceItem = (
  { id, contact, salt }: NewDevice,
  { hash, timeCreated, deviceExpiry }: NewCode,
  lastUse: string | undefined,
): Item => ({
  ...deviceKey(id),
  ...(contact.kind === 'email' ? { email: contact.email } : { phoneNumber: contact.phoneNumber }),
  salt: salt.toString('base64url'),
  failedAttempts: 0,
  version: 1,
  ...(lastUse !== undefined && { lastUse }),
  [codeAttribute(hash)]: timeCreated,
  expiry: deviceExpiry,
  ttl: ttlOf(deviceExpiry),
});

/** @returns `undefined` if there is no device, or it has ended */
function deviceOf(item: Item | undefined): Device | undefined {
  if (item?.salt === undefined) return undefined;
  const codes = Object.entries(item).filter(([name]) => name.startsWith(CODE));
  return {
    id: String(item.pk).slice('device#'.length) as PreAuthSessionId,
    contact:
      item.email === undefined
        ? { kind: 'phone-number', phoneNumber: item.phoneNumber as PhoneNumber }
        : { kind: 'email', email: item.email as Email },
    salt: Buffer.from(String(item.salt), 'base64url'),
    failedAttempts: item.failedAttempts as number,
    codes: new Map(codes.map(([name, time]) => [name.slice(CODE.length) as LinkCodeHash, time as Millis])),
    expiry: item.expiry as Millis,
    lastUse: item.lastUse as string | undefined,
    version: item.version as number,
  };
}
