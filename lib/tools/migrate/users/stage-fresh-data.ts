import { seriesAttribute } from '../../../core/emailverification/store/dynamodb.ts';
import { parseJson } from '../../../core/json.ts';
import { activityKey } from '../../../core/user/store/dynamodb/activity.ts';
import { userKey } from '../../../core/user/store/dynamodb/keys.ts';
import { tokenItems } from '../../../core/user/store/dynamodb/tokens.ts';
import { verifiedAttribute } from '../../../core/user/store/dynamodb/user-item.ts';
import { metadataKey } from '../../../core/usermetadata/store/dynamodb.ts';
import type { Item } from '../../../dynamodb/client.ts';
import { isEmptyPart, type RefusedRecord } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { refusal } from '../records/stage-writes.ts';
import { type DataPart, PARTS_OF_DATA_ID } from './stage-data.ts';
import { type Grant, type Incarnations, pendingItem, roleUserItem } from './stage-grants.ts';
import { partsOf, type StageUser } from './stage-user.ts';
import type { MovedUser } from './user.ts';

/** What is kept under the ids of a user who is created. */
export interface FreshData {
  /** Whether nothing is kept under the user's ids. */
  readonly isAll: boolean;
  /** Items that need no condition. What leads to a user is checked against the user, and a token against its series. */
  readonly items: readonly Item[];
  /** Items that are written only if nothing is there, so that a late copy of the request replaces nothing. */
  readonly guarded: readonly Item[];
  /** Roles of which the items are pending. */
  readonly grants: readonly Grant[];
  /** Attributes of the user's own item. */
  readonly ownAttributes: Item;
  /** The parts that are written one by one, over what is there. */
  readonly left: readonly DataPart[];
}

/**
 * What is to be written of a user's data, and how.
 * @param isResumed whether what is there comes from an import that broke off. If not, it is of the external id, and stays as it is
 */
export function freshDataOf(
  tables: StageTables,
  record: MovedUser,
  user: StageUser,
  { isResumed, incarnations }: { readonly isResumed: boolean; readonly incarnations: Incarnations },
): FreshData | RefusedRecord {
  const there = partsOf(user, tables.context.clock());
  const reset = resetTokensOf(tables, record);
  const differing = PARTS_OF_DATA_ID.filter(
    (part) => JSON.stringify(there[part]) !== JSON.stringify(record.parts[part]),
  );
  const foreign = differing.filter((part) => !isEmptyPart(there[part]));
  if (user.dataId !== user.id && !isResumed && foreign.length > 0) {
    return refusal(record.key, `there is other data under its external id ${user.dataId}: ${foreign.join(', ')}`);
  }
  if (isAnythingThere(user)) return { isAll: false, ...reset, guarded: [], grants: [], left: differing };
  const data = itemsOf(tables, record, user);
  const isUnmapped = user.dataId === user.id;
  const hasAttributes = Object.keys(data.attributes).length > 0;
  const grants = record.parts.roles.map((role) => ({
    userId: user.dataId,
    role,
    grant: tables.context.random.uuid(),
    incarnation: incarnations.get(role) ?? '',
  }));
  return {
    isAll: true,
    grants,
    items: [...reset.items, ...data.items, ...grants.map(roleUserItem)],
    guarded: [
      ...data.guarded,
      ...grants.map(pendingItem),
      ...(isUnmapped || !hasAttributes ? [] : [{ ...userKey(user.dataId), ...data.attributes }]),
    ],
    ownAttributes: { ...reset.ownAttributes, ...(isUnmapped && data.attributes) },
    left: [],
  };
}

const isAnythingThere = ({ own, verification, metadata, roles }: StageUser): boolean =>
  own !== undefined || verification !== undefined || metadata !== undefined || roles.length > 0;

/** A reset token is kept under the user's own id. */
function resetTokensOf({ context }: StageTables, { key, parts: { resetTokens } }: MovedUser) {
  if (resetTokens.length === 0) return { items: [], ownAttributes: {} };
  const series = context.random.uuid();
  return {
    items: resetTokens.flatMap((token) => tokenItems('reset', { ...token, userId: key, series })),
    ownAttributes: { resetSeries: series },
  };
}

/** The items of an id under which nothing is kept yet, and the attributes of its verified e-mails and tokens. */
function itemsOf({ context }: StageTables, { parts }: MovedUser, { dataId }: StageUser) {
  const { metadata, verificationTokens, verifiedEmails, lastActive } = parts;
  const series = new Map(verificationTokens.map(({ email }) => [email, context.random.uuid()]));
  const items: Item[] = verificationTokens.flatMap((token) =>
    tokenItems('verify', { ...token, userId: dataId, series: series.get(token.email) ?? '' }),
  );
  const revision = context.random.uuid();
  const guarded: Item[] =
    metadata === null ? [] : [{ ...metadataKey(dataId), metadata: JSON.stringify(parseJson(metadata)), revision }];
  if (lastActive !== null) items.push({ ...activityKey(dataId), lastActive });
  return {
    items,
    guarded,
    attributes: Object.fromEntries([
      ...verifiedEmails.map((email) => [verifiedAttribute(email), email] as const),
      ...[...series].map(([email, begun]) => [seriesAttribute(email), begun] as const),
    ]),
  };
}
