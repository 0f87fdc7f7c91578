import { seriesAttribute } from '../../../core/emailverification/store/dynamodb.ts';
import { parseJson } from '../../../core/json.ts';
import type { JsonObject, UserId } from '../../../core/types.ts';
import { activityKey } from '../../../core/user/store/dynamodb/activity.ts';
import { userKey } from '../../../core/user/store/dynamodb/keys.ts';
import { type TokenKind, tokenItems } from '../../../core/user/store/dynamodb/tokens.ts';
import { IF_UNDELETED, verifiedAttribute } from '../../../core/user/store/dynamodb/user-item.ts';
import { ifRevision, metadataKey } from '../../../core/usermetadata/store/dynamodb.ts';
import { ifGrant, roleUserKey, userRoleKey } from '../../../core/userroles/store/dynamodb/items.ts';
import type { Condition, Item } from '../../../dynamodb/client.ts';
import { both, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import { isEmptyPart, type WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { outcomeOf, refusal } from '../records/stage-writes.ts';
import { heldRoles, partsOf, type StageUser } from './stage-user.ts';
import type { MovedToken, UserParts } from './user.ts';

/** What is kept under a user's data id, and how each part of it is written. */
export type DataPart = Exclude<keyof UserParts, 'login' | 'mapping'>;

export const DATA_PARTS = [
  'metadata',
  'verifiedEmails',
  'resetTokens',
  'verificationTokens',
  'roles',
  'lastActive',
] as const satisfies readonly DataPart[];

type WriteData<Part extends DataPart> = (
  tables: StageTables,
  user: StageUser,
  next: UserParts[Part],
) => Promise<WriteOutcome>;

/** Writes one part in place of what was read of it, if the core has not changed it since. */
export const writeData = async <Part extends DataPart>(
  tables: StageTables,
  user: StageUser,
  part: Part,
  next: UserParts[Part],
): Promise<WriteOutcome> => (WRITERS[part] as WriteData<Part>)(tables, user, next);

/** What is kept under an id that is no user's, or not any more. */
export async function removeData(tables: StageTables, user: StageUser): Promise<WriteOutcome> {
  const there = partsOf(user, tables.context.clock());
  const parts = PARTS_OF_DATA_ID.filter((part) => !isEmptyPart(there[part]));
  return writeParts(tables, user, parts, NOTHING);
}

/** A reset token is kept under the user's own id. */
export const PARTS_OF_DATA_ID = DATA_PARTS.filter((part) => part !== 'resetTokens');

const NOTHING: UserParts = {
  login: null,
  mapping: null,
  verifiedEmails: [],
  metadata: null,
  roles: [],
  resetTokens: [],
  verificationTokens: [],
  lastActive: null,
};

/** Writes parts one after the other, up to the first one that does not succeed. */
export async function writeParts(
  tables: StageTables,
  user: StageUser,
  parts: readonly DataPart[],
  next: UserParts,
): Promise<WriteOutcome> {
  for (const part of parts) {
    const outcome = await writeData(tables, user, part, next[part]);
    if (outcome !== 'written') return outcome;
  }
  return 'written';
}

const WRITERS: { readonly [Part in DataPart]: WriteData<Part> } = {
  metadata: writeMetadata,
  roles: writeRoles,
  verifiedEmails: writeVerifiedEmails,
  resetTokens: writeResetTokens,
  verificationTokens: writeVerificationTokens,
  lastActive: writeActivity,
};

async function writeMetadata(
  { db, table, context }: StageTables,
  { dataId, metadata: item }: StageUser,
  next: string | null,
): Promise<WriteOutcome> {
  const { metadata: store } = context.stores;
  const read = item && {
    metadata: JSON.parse(String(item.metadata)) as JsonObject,
    revision: String(item.revision),
  };
  if (next !== null) {
    const replaced = { metadata: parseJson(next) as JsonObject, revision: context.random.uuid() };
    return outcomeOf(await store.replace(dataId, read, replaced));
  }
  return outcomeOf(read === undefined || (await db.deleteIf(table, metadataKey(dataId), ifRevision(read))));
}

/** Gives and removes roles as the core does. A role that was given again since it was read stays. */
async function writeRoles(
  { db, table, context }: StageTables,
  user: StageUser,
  next: UserParts['roles'],
): Promise<WriteOutcome> {
  const held = heldRoles(user);
  for (const [role, { grant }] of held) {
    if (next.includes(role)) continue;
    const isAsRead = ifGrant(String(grant));
    if (!(await db.deleteIf(table, userRoleKey(user.dataId, role), isAsRead))) return 'overtaken';
    await db.deleteIf(table, roleUserKey(role, user.dataId), isAsRead);
  }
  for (const role of next) {
    if (held.has(role)) continue;
    const given = await context.stores.roles.give(user.dataId, role, context.random.uuid());
    if (given === 'unknown-role') return refusal(user.id, `the role ${role} is not there`);
  }
  return 'written';
}

/** As many attributes are changed by one write, as in the core's own store. */
const MOST_AT_ONCE = 25;

async function writeVerifiedEmails(
  { db, table }: StageTables,
  { dataId, verification }: StageUser,
  next: UserParts['verifiedEmails'],
): Promise<WriteOutcome> {
  const changes = verifiedChanges(verification, next);
  for (let start = 0; start < changes.length; start += MOST_AT_ONCE) {
    const some = changes.slice(start, start + MOST_AT_ONCE);
    const update = {
      set: Object.fromEntries(some.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      remove: some.flatMap(({ name, value }) => (value === undefined ? [name] : [])),
      condition: asRead(
        verification,
        some.map(({ name }) => name),
      ),
    };
    if ((await db.update(table, userKey(dataId), update)) === undefined) return 'overtaken';
  }
  return 'written';
}

/** The attributes that must change; `undefined` removes. A mark of an earlier version, without the address, stays. */
function verifiedChanges(item: Item = {}, next: readonly string[]) {
  const wanted = new Map(next.map((email) => [verifiedAttribute(email), email]));
  const added = [...wanted].filter(([name]) => item[name] === undefined).map(([name, value]) => ({ name, value }));
  const removed = Object.entries(item)
    .filter(([name, value]) => typeof value === 'string' && name === verifiedAttribute(value) && !wanted.has(name))
    .map(([name]) => ({ name, value: undefined }));
  return [...added, ...removed];
}

/** Attributes of an item are as they were read, present or absent. */
function asRead(item: Item = {}, names: readonly string[]): Condition {
  const conditions = names.map((name, n) => {
    const value = item[name];
    const alias = { [`#was${n}`]: name };
    return value === undefined
      ? { expression: `attribute_not_exists(#was${n})`, names: alias, values: {} }
      : { expression: `#was${n} = :was${n}`, names: alias, values: { [`:was${n}`]: value } };
  });
  return {
    expression: conditions.map(({ expression }) => expression).join(' AND '),
    names: Object.assign({}, ...conditions.map((condition) => condition.names)),
    values: Object.assign({}, ...conditions.map((condition) => condition.values)),
  };
}

async function writeResetTokens(
  tables: StageTables,
  { id, own, resetTokens }: StageUser,
  next: readonly MovedToken[],
): Promise<WriteOutcome> {
  const series = { id, name: 'resetSeries', read: own?.resetSeries as string | undefined };
  return writeTokens(tables, 'reset', series, resetTokens, next);
}

/** The tokens of each e-mail have a series of their own. */
async function writeVerificationTokens(
  tables: StageTables,
  { dataId, verification, verificationTokens }: StageUser,
  next: readonly MovedToken[],
): Promise<WriteOutcome> {
  const emails = new Set([...verificationTokens, ...next].map(({ email }) => email));
  for (const email of emails) {
    const name = seriesAttribute(email);
    const series = { id: dataId, name, read: verification?.[name] as string | undefined };
    const isOfEmail = (token: Pick<MovedToken, 'email'>) => token.email === email;
    const [read, wanted] = [verificationTokens.filter(isOfEmail), next.filter(isOfEmail)];
    const outcome = await writeTokens(tables, 'verify', series, read, wanted);
    if (outcome !== 'written') return outcome;
  }
  return 'written';
}

/** The attribute with the live series of tokens, in the item of an id. */
interface Series {
  readonly id: UserId;
  readonly name: string;
  readonly read: string | undefined;
}

/**
 * Adds tokens to the live series. If a token of the series was used or revoked, the next series begins with those that
 * are left. The tokens are written first, and count for nothing until their series begins.
 */
async function writeTokens(
  tables: StageTables,
  kind: TokenKind,
  series: Series,
  read: readonly Pick<MovedToken, 'hash'>[],
  next: readonly MovedToken[],
): Promise<WriteOutcome> {
  const wanted = new Set(next.map(({ hash }) => hash));
  const there = new Set(read.map(({ hash }) => hash));
  const isEnded = read.some(({ hash }) => !wanted.has(hash));
  if (next.length === 0 && !isEnded) return 'written';
  if (series.read !== undefined && !isEnded) {
    const added = next.filter(({ hash }) => !there.has(hash));
    await putTokens(tables, kind, series.id, series.read, added);
    return 'written';
  }
  const begun = tables.context.random.uuid();
  await putTokens(tables, kind, series.id, begun, next);
  return beginSeries(tables, kind, series, begun);
}

async function beginSeries(
  { db, table }: StageTables,
  kind: TokenKind,
  { id, name, read }: Series,
  begun: string,
): Promise<WriteOutcome> {
  const isAsRead = read === undefined ? ifAbsent(name) : ifEqual(name, read);
  // A reset token is of a user. An e-mail can be verified for any id.
  const condition = kind === 'reset' ? both(IF_UNDELETED, isAsRead) : isAsRead;
  return outcomeOf((await db.update(table, userKey(id), { set: { [name]: begun }, condition })) !== undefined);
}

async function putTokens(
  { bulk, table }: StageTables,
  kind: TokenKind,
  userId: UserId,
  series: string,
  tokens: readonly MovedToken[],
): Promise<void> {
  await bulk.write(
    table,
    tokens.flatMap((token) => tokenItems(kind, { ...token, userId, series })),
  );
}

/** The later time wins, also over one that the core has noted meanwhile. */
async function writeActivity(
  { db, table }: StageTables,
  { dataId }: StageUser,
  next: UserParts['lastActive'],
): Promise<WriteOutcome> {
  if (next === null) {
    await db.delete(table, activityKey(dataId));
    return 'written';
  }
  const condition = {
    expression: 'attribute_not_exists(#a) OR #a < :a',
    names: { '#a': 'lastActive' },
    values: { ':a': next },
  };
  await db.put(table, { ...activityKey(dataId), lastActive: next }, condition);
  return 'written';
}
