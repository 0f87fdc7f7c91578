import { isDeepStrictEqual } from 'node:util';
import { seriesAttribute } from '../../../core/emailverification/store/dynamodb.ts';
import type { Millis, RoleName, UserId } from '../../../core/types.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import { activityKey } from '../../../core/user/store/dynamodb/activity.ts';
import { userPartition } from '../../../core/user/store/dynamodb/keys.ts';
import { tokensAmong } from '../../../core/user/store/dynamodb/tokens.ts';
import {
  isDeleted,
  undeletedRowOf,
  VERIFIED_PREFIX,
  verifiedAttribute,
} from '../../../core/user/store/dynamodb/user-item.ts';
import type { LinkToken } from '../../../core/user/store/token-store.ts';
import { mappingKey } from '../../../core/useridmapping/store/dynamodb.ts';
import { isHeld, roleIn } from '../../../core/userroles/store/dynamodb/items.ts';
import type { Item } from '../../../dynamodb/client.ts';
import type { StoredRecord } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { metadataText } from './metadata-text.ts';
import { isEmptyUser, type MovedLogin, type MovedToken, type MovedUser, type UserParts } from './user.ts';

/** A user's items, as they were read. */
export interface StageUser {
  readonly id: UserId;
  /** The user's own item, or what else is in its place. */
  readonly own: Item | undefined;
  readonly row: UserRow | undefined;
  /** The id under which metadata, roles and verified e-mails are kept: the external one if there is one. */
  readonly dataId: UserId;
  /** The item with the verified e-mails of that id. It is the user's own unless the user has an external id. */
  readonly verification: Item | undefined;
  readonly metadata: Item | undefined;
  /** Pending ones too. */
  readonly roles: readonly Item[];
  /** Unexpired ones whose series is live. */
  readonly resetTokens: readonly LinkToken[];
  readonly verificationTokens: readonly LinkToken[];
  readonly lastActive: Millis | undefined;
}

export type StoredStageUser = StoredRecord<MovedUser, StageUser>;

/**
 * The attribute of an item in the place of a user who is being imported: the external id, or an empty text. Until the user's own item
 * replaces it, the user is not there, and what is kept under its ids is not shown.
 */
export const MOVING = 'moving';

export const isMoving = (own: Item | undefined): boolean => own?.[MOVING] !== undefined;

/** The items of the partitions of some ids. */
export type Partitions = ReadonlyMap<UserId, readonly Item[]>;

export async function readPartition({ db, table }: StageTables, id: UserId): Promise<readonly Item[]> {
  return db.query(table, { name: 'pk', value: userPartition(id) });
}

/** The users and other ids to which partitions belong. What is kept under an external id belongs to its user. */
export async function storedUsersIn(tables: StageTables, partitions: Partitions): Promise<StoredStageUser[]> {
  const found = await Promise.all([...partitions].map(([id, items]) => readUser(tables, id, items)));
  const users = found.filter((user) => user !== undefined);
  const active = await readActivity(
    tables,
    users.flatMap(({ id, dataId }) => [id, dataId]),
  );
  const now = tables.context.clock();
  return users.flatMap((user) => {
    const times = [user.id, user.dataId].flatMap((id) => active.get(id) ?? []);
    const version = { ...user, lastActive: times.length === 0 ? undefined : Math.max(...times) };
    const record = { key: user.id, parts: partsOf(version, now) };
    return isEmptyUser(record.parts) ? [] : [{ record, version }];
  });
}

/** @returns `undefined` if there is no such user, and if what is kept under the id belongs to another one */
async function readUser(tables: StageTables, id: UserId, items: readonly Item[]): Promise<StageUser | undefined> {
  if (items.length === 0) return undefined;
  const own = ownItemIn(items);
  if ((own !== undefined && isDeleted(own)) || isMoving(own)) return undefined;
  const row = undeletedRowOf(own);
  if (row === undefined && (await isExternalId(tables, id))) return undefined;
  const dataId = row?.externalId ?? id;
  return userIn(tables, id, items, dataId, dataId === id ? items : await readPartition(tables, dataId));
}

/** A user as the items of both partitions describe it. */
export function userIn(
  { context }: StageTables,
  id: UserId,
  items: readonly Item[],
  dataId: UserId,
  data: readonly Item[],
): StageUser {
  const now = context.clock();
  const own = ownItemIn(items);
  const verification = ownItemIn(data);
  const isLive = ({ expiry }: LinkToken) => expiry > now;
  return {
    id,
    own,
    row: undeletedRowOf(own),
    dataId,
    verification,
    metadata: data.find(({ sk }) => sk === 'metadata'),
    roles: data.filter(({ sk }) => String(sk).startsWith('role#')),
    resetTokens: tokensAmong('reset', id, items).filter((token) => isLive(token) && token.series === own?.resetSeries),
    verificationTokens: tokensAmong('verify', dataId, data).filter(
      (token) => isLive(token) && token.series === verification?.[seriesAttribute(token.email)],
    ),
    lastActive: undefined,
  };
}

const ownItemIn = (items: readonly Item[]): Item | undefined => items.find(({ sk }) => sk === 'user');

/** Whether an id is that of a user of another own id, or of one who is being imported. */
async function isExternalId({ db, table }: StageTables, id: UserId): Promise<boolean> {
  const mapping = await db.get(table, mappingKey(id));
  if (mapping === undefined) return false;
  const [holder] = await db.batchGet(table, [{ pk: userPartition(mapping.userId as UserId), sk: 'user' }]);
  return holder !== undefined && !isDeleted(holder) && (holder.externalId === id || holder[MOVING] === id);
}

async function readActivity({ db, table }: StageTables, ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Millis>> {
  const keys = new Map([...new Set(ids)].map((id) => [id, activityKey(id)]));
  const items = await db.batchGet(table, [...keys.values()]);
  const times = new Map(items.map(({ sk, lastActive }) => [sk, lastActive as Millis]));
  return new Map(
    [...keys].flatMap(([id, { sk = '' }]) => {
      const time = times.get(sk);
      return time === undefined ? [] : [[id, time] as const];
    }),
  );
}

export function partsOf(user: StageUser, now: Millis): UserParts {
  const { row, metadata, roles, resetTokens, verificationTokens, lastActive } = user;
  return {
    login: row === undefined ? null : loginOf(row),
    mapping: row?.externalId === undefined ? null : { externalId: row.externalId, info: row.externalIdInfo ?? null },
    verifiedEmails: verifiedEmailsOf(user),
    metadata: metadata === undefined ? null : (metadataText(String(metadata.metadata)) ?? null),
    roles: roles.filter(isHeld).map(roleIn).toSorted(),
    resetTokens: movedTokens(resetTokens, now),
    verificationTokens: movedTokens(verificationTokens, now),
    lastActive: lastActive ?? null,
  };
}

/** Of a login method that was removed, nothing but the id lives on. */
function loginOf(row: UserRow): MovedLogin {
  const { recipe, isRetired, timeJoined, email, phoneNumber, thirdParty, passwordHash } = row;
  const nothing = { email: null, phoneNumber: null, thirdParty: null, passwordHash: null };
  if (isRetired) return { recipe, timeJoined: 0, ...nothing, isRetired };
  return {
    recipe,
    timeJoined,
    email: email ?? null,
    phoneNumber: phoneNumber ?? null,
    thirdParty: thirdParty ?? null,
    passwordHash: passwordHash ?? null,
    isRetired,
  };
}

/** An item of an earlier version does not have the address. If it is the one that the user has now, it is known. */
function verifiedEmailsOf({ verification = {}, row }: StageUser): string[] {
  const current = row?.email;
  const emails = Object.entries(verification).flatMap(([name, value]) => {
    if (!name.startsWith(VERIFIED_PREFIX)) return [];
    if (typeof value === 'string') return [value];
    return current !== undefined && verifiedAttribute(current) === name ? [current] : [];
  });
  return emails.toSorted();
}

const movedTokens = (tokens: readonly LinkToken[], now: Millis): MovedToken[] =>
  tokens
    .filter(({ expiry }) => expiry > now)
    .map(({ hash, email, expiry }) => ({ hash, email, expiry }))
    .toSorted((one, other) => (one.hash < other.hash ? -1 : 1));

/** Whether nothing has changed between two readings of a user. */
export const isSameUser = (one: StageUser, other: StageUser): boolean => isDeepStrictEqual(one, other);

/** The roles that a user has. */
export const heldRoles = ({ roles }: StageUser): ReadonlyMap<RoleName, Item> =>
  new Map(roles.filter(isHeld).map((item) => [roleIn(item), item]));
