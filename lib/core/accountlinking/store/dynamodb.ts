import type { Condition, Item, Key } from '../../../dynamodb/client.ts';
import { both, IF_NEW, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import type { ContactKey, Millis, UserId } from '../../types.ts';
import type { PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { TOMBSTONE_SECONDS } from '../../user/store/dynamodb/claims.ts';
import { userKey } from '../../user/store/dynamodb/keys.ts';
import { noPrimaryRow, primaryItem, primaryKey, primaryRowOf } from '../../user/store/dynamodb/primary-item.ts';
import { IF_LIVE, liveRowOf } from '../../user/store/dynamodb/user-item.ts';
import type { AccountLinkingStore, ContactClaim } from './accountlinking-store.ts';

/**
 * Primary users in the table of users. Each has an item, an item per contact that it holds, and an attribute of each
 * linked login method.
 */
export function createAccountLinkingTable(table: DynamoDbTable): AccountLinkingStore {
  return {
    async get(id) {
      const item = await table.get(primaryKey(id));
      return item === undefined ? noPrimaryRow(id) : primaryRowOf(item);
    },
    replace: (...args) => replace(table, ...args),
    async claimOf(contact) {
      const item = await table.get(claimKey(contact));
      return item && claimIn(item);
    },
    async putClaim(contact, claim, replaced) {
      const condition = replaced === undefined ? IF_NEW : ifEqual('claim', replaced);
      if (await table.put({ ...claimKey(contact), ...claim }, condition)) return true;
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      return (await table.get(claimKey(contact)))?.claim === claim.claim;
    },
    async release(contact, primaryId, before) {
      await table.deleteIf(claimKey(contact), both(ifEqual('primaryId', primaryId), ifBefore(before)));
    },
    async link(row, primaryId) {
      const condition = both(ifUnchanged(row), ifAbsent('primaryId'));
      const linked = await table.update(userKey(row.id), { set: { primaryId }, add: NEXT_VERSION, condition });
      if (linked !== undefined) return true;
      // As above, or another request has linked it so.
      return liveRowOf(await table.get(userKey(row.id)))?.primaryId === primaryId;
    },
    async unlink(row) {
      const update = { remove: ['primaryId'], add: NEXT_VERSION, condition: ifUnchanged(row) };
      return (await table.update(userKey(row.id), update)) !== undefined;
    },
    async shutOut(row) {
      return (await table.update(userKey(row.id), { add: NEXT_VERSION, condition: ifUnchanged(row) })) !== undefined;
    },
  };
}

async function replace(
  table: DynamoDbTable,
  read: PrimaryRow,
  members: PrimaryRow['members'],
  write: string,
  now: Millis,
): Promise<boolean> {
  const item = { ...primaryItem({ id: read.id, members, version: read.version + 1 }), write };
  // One without login methods stays for a while, to fail requests that have read it before.
  const ttl = members.size === 0 ? { ttl: Math.ceil(now / 1000) + TOMBSTONE_SECONDS } : {};
  if (await table.put({ ...item, ...ttl }, ifVersion(read.version))) return true;
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return (await table.get(primaryKey(read.id)))?.write === write;
}

/** The item that names the primary user who holds a contact. */
const claimKey = (contact: ContactKey): Key => ({ pk: `primaryaccount#public#${contact}`, sk: 'claim' });

const claimIn = ({ primaryId, claim, version, claimedAt }: Item): ContactClaim => ({
  primaryId: primaryId as UserId,
  claim: String(claim),
  version: version as number,
  claimedAt: claimedAt as Millis,
});

const NEXT_VERSION = { version: 1 };

const ifBefore = (version: number): Condition => ({
  expression: '#ifBefore < :ifBefore',
  names: { '#ifBefore': 'version' },
  values: { ':ifBefore': version },
});

const ifVersion = (version: number): Condition => (version === 0 ? IF_NEW : ifEqual('version', version));

const ifUnchanged = ({ version }: UserRow): Condition => both(IF_LIVE, ifEqual('version', version));
