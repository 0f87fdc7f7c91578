import type { Condition, Item, Key, Update } from '../../../dynamodb/client.ts';
import { both, either, IF_NEW, IF_THERE, ifEqual, ifPresent } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import type { CodeId, Email, LinkCodeHash, Millis, PhoneNumber, PreAuthSessionId } from '../../types.ts';
import { codeIdOf } from '../rules/codes.ts';
import type { CodeContact, Device } from '../rules/device.ts';
import type { AttemptOutcome, NewCode, NewDevice, PasswordlessStore } from './passwordless-store.ts';

/**
 * Devices in the table of users. A device has an item, an item that leads from the contact to the device, and one for
 * each of its codes.
 */
export function createPasswordlessTable(table: DynamoDbTable): PasswordlessStore {
  return {
    async createDevice(device, code) {
      const [lastUse] = await Promise.all([lastUseOf(table, device.contact), putLeads(table, device, code)]);
      // If there is one, it is our own, whose acknowledgement was lost.
      await table.put(newDeviceItem(device, code, lastUse), IF_NEW);
    },
    get: (id) => get(table, id),
    findByCode: (codeId) => findByCode(table, codeId),
    async listByContact(contact) {
      const ids = await idsOf(table, contact);
      const items = await table.batchGet(ids.map(deviceKey), true);
      return items.flatMap((item) => deviceOf(item) ?? []);
    },
    async addCode(device, code, drop, name) {
      await putLeads(table, device, code);
      const { deviceExpiry: expiry, hash, timeCreated } = code;
      const set = { [codeAttribute(hash)]: timeCreated, expiry, ttl: ttlOf(expiry) };
      return change(table, device, { set, remove: drop.map(codeAttribute) }, name);
    },
    noteAttempt: (device, outcome, attempt) => change(table, device, UPDATES[outcome], attempt),
    removeCode: (device, hash, name) => change(table, device, { remove: [codeAttribute(hash)] }, name),
    end: ({ id, contact }) => end(table, id, contact),
    async useContact({ id: used, contact, lastUse }, name, until) {
      const [isFirst, ids] = await Promise.all([
        storeUse(table, contact, { lastUse, name, until }),
        idsOf(table, contact),
        table.delete(contactKey(contact, used)),
      ]);
      const others = ids.filter((id) => id !== used);
      if (isFirst) await endAll(table, contact, others);
      return isFirst;
    },
    endByContact: async (contact) => endAll(table, contact, await idsOf(table, contact)),
  };
}

const get = async (table: DynamoDbTable, id: PreAuthSessionId): Promise<Device | undefined> =>
  deviceOf(await table.get(deviceKey(id)));

async function findByCode(table: DynamoDbTable, codeId: CodeId): Promise<Device | undefined> {
  const id = (await table.get(codeKey(codeId)))?.deviceId;
  const device = id === undefined ? undefined : await get(table, id as PreAuthSessionId);
  const hasCode = [...(device?.codes.keys() ?? [])].some((hash) => codeIdOf(hash) === codeId);
  return hasCode ? device : undefined;
}

/** Changes a device that has not changed since it was read. @param name that of the change */
async function change(table: DynamoDbTable, device: Device, update: Update, name: string): Promise<boolean> {
  const changed = await table.update(deviceKey(device.id), {
    ...update,
    set: { ...update.set, lastChange: name },
    add: { ...update.add, version: 1 },
    condition: both(IF_USABLE, ifEqual('version', device.version)),
  });
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return changed !== undefined || (await table.get(deviceKey(device.id)))?.lastChange === name;
}

/** Writes what leads to a device: from its contact, and from its new code. */
async function putLeads(
  table: DynamoDbTable,
  { id, contact }: Pick<Device, 'id' | 'contact'>,
  code: NewCode,
): Promise<void> {
  const ttl = ttlOf(code.deviceExpiry);
  await Promise.all([
    table.put({ ...contactKey(contact, id), ttl }),
    table.put({ ...codeKey(codeIdOf(code.hash)), deviceId: id, ttl }),
  ]);
}

const lastUseOf = async (table: DynamoDbTable, contact: CodeContact): Promise<string | undefined> => {
  const item = await table.get(useKey(contact));
  return item && String(item.name);
};

/** Of devices that were created after the same use, one stores the next. */
async function storeUse(
  table: DynamoDbTable,
  contact: CodeContact,
  { lastUse, name, until }: { readonly lastUse: string | undefined; readonly name: string; readonly until: Millis },
): Promise<boolean> {
  const isFirst = await table.update(useKey(contact), {
    set: { name, ttl: ttlOf(until) },
    // The item of an earlier use may have expired.
    condition: lastUse === undefined ? IF_NEW : either(IF_NEW, ifEqual('name', lastUse)),
  });
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return isFirst !== undefined || (await lastUseOf(table, contact)) === name;
}

/** Safe to repeat. Nothing is removed that leads to a device which is yet to be stored. */
async function end(table: DynamoDbTable, id: PreAuthSessionId, contact: CodeContact): Promise<void> {
  const ended = await table.update(deviceKey(id), { ...ENDED, condition: IF_THERE });
  if (ended !== undefined) await table.delete(contactKey(contact, id));
}

const endAll = async (table: DynamoDbTable, contact: CodeContact, ids: readonly PreAuthSessionId[]): Promise<void> =>
  void (await Promise.all(ids.map((id) => end(table, id, contact))));

/** What is left of the item keeps the device from being stored again by a request that comes late. It expires. */
const ENDED: Update = { set: { ended: true }, remove: ['email', 'phoneNumber', 'salt'] };

const UPDATES: Readonly<Record<AttemptOutcome, Update>> = {
  failed: { add: { failedAttempts: 1 } },
  accepted: {},
  used: ENDED,
};

const idsOf = async (table: DynamoDbTable, contact: CodeContact): Promise<PreAuthSessionId[]> =>
  (await table.query({ name: 'pk', value: contactPartition(contact) })).map(({ sk }) => sk as PreAuthSessionId);

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
