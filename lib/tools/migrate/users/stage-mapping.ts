import type { UserId } from '../../../core/types.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import { createClaims } from '../../../core/user/store/dynamodb/claims.ts';
import { userKey } from '../../../core/user/store/dynamodb/keys.ts';
import { IF_UNDELETED } from '../../../core/user/store/dynamodb/user-item.ts';
import { mappingKey } from '../../../core/useridmapping/store/dynamodb.ts';
import { both, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import { tableOf } from '../../../dynamodb/dynamodb-table.ts';
import type { RefusedRecord, WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { refusal } from '../records/stage-writes.ts';
import type { MovedUser, UserParts } from './user.ts';

/** Claims a user's external id. @returns a refusal if it is another user's; nothing if the user has none */
export async function claimMapping(
  { db, table, context }: StageTables,
  { key, parts: { mapping } }: MovedUser,
  claim: string,
): Promise<RefusedRecord | undefined> {
  if (mapping === null) return undefined;
  const { externalId } = mapping;
  const wanted = {
    key: mappingKey(externalId),
    userId: key,
    claim,
    isHolder: (row: { readonly externalId: UserId | undefined }) => row.externalId === externalId,
  };
  const claims = createClaims(tableOf(db, table));
  if ((await claims.claim(wanted, context.clock())) !== 'taken') return undefined;
  const holder = await claims.holderOf(wanted.key);
  return refusal(key, `its external id ${externalId} is that of the user ${holder}`);
}

/** Gives a user another external id, or takes it away, by one write. The new one is claimed. */
export async function setMapping(
  { db, table }: StageTables,
  row: UserRow,
  mapping: UserParts['mapping'],
  claim: string,
): Promise<Exclude<WriteOutcome, RefusedRecord>> {
  const isAsRead = row.mapping === undefined ? ifAbsent('mapping') : ifEqual('mapping', row.mapping);
  const set = mapping === null ? {} : { externalId: mapping.externalId, mapping: claim };
  const info = mapping?.info ?? undefined;
  const changed = await db.update(table, userKey(row.id), {
    set: { ...set, ...(info !== undefined && { externalIdInfo: info }) },
    remove: [...(mapping === null ? ['externalId', 'mapping'] : []), ...(info === undefined ? ['externalIdInfo'] : [])],
    add: { version: 1 },
    condition: both(IF_UNDELETED, both(ifEqual('version', row.version), isAsRead)),
  });
  return changed === undefined ? 'overtaken' : 'written';
}

/** Gives up the external id that a user had. */
export async function releaseMapping({ db, table }: StageTables, { externalId, mapping }: UserRow): Promise<void> {
  if (externalId === undefined || mapping === undefined) return;
  await createClaims(tableOf(db, table)).release({ key: mappingKey(externalId), claim: mapping });
}
