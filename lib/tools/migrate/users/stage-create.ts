import { concurrently } from '../../../core/concurrently.ts';
import type { UserId } from '../../../core/types.ts';
import type { Contact } from '../../../core/user/rules/identity.ts';
import { createClaims, TOMBSTONE_SECONDS } from '../../../core/user/store/dynamodb/claims.ts';
import { claimAll, holdingsOfNew } from '../../../core/user/store/dynamodb/holdings.ts';
import { accountKeys, listKey, monthKey, monthOf, userKey } from '../../../core/user/store/dynamodb/keys.ts';
import { isDeleted } from '../../../core/user/store/dynamodb/user-item.ts';
import type { Item } from '../../../dynamodb/client.ts';
import { both, IF_NEW, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import { tableOf } from '../../../dynamodb/dynamodb-table.ts';
import type { RefusedRecord, WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { AT_ONCE, outcomeOf, refusal, unlessTooLarge } from '../records/stage-writes.ts';
import { writeData } from './stage-data.ts';
import { type FreshData, freshDataOf } from './stage-fresh-data.ts';
import { confirmGrants, type Incarnations, readIncarnations } from './stage-grants.ts';
import { type LoginClaims, loginItem, type MovedLoginUser, newUserOf } from './stage-login-item.ts';
import { claimMapping } from './stage-mapping.ts';
import { isMoving, MOVING, readPartition, type StageUser, userIn } from './stage-user.ts';
import type { MovedUser } from './user.ts';

/** A user who is to be created. */
export interface Creating {
  readonly record: MovedLoginUser;
  /** Whether something was found under the user's own id. */
  readonly isKnown: boolean;
}

/** A user for whom all claims are made. */
interface Creation {
  readonly record: MovedLoginUser;
  readonly claims: LoginClaims;
  /** What is kept under the user's ids already. */
  readonly user: StageUser;
  readonly fresh: FreshData;
}

/**
 * Creates users. Each step is safe to repeat, and the user is there with the last one:
 * 1. the claims of the external id, the e-mail, the phone number and the third-party id
 * 2. an item in the user's place, which hides what follows
 * 3. what lists the user, and all that is kept under the user's ids
 * 4. the user's own item
 */
export async function createUsers(
  tables: StageTables,
  changes: readonly Creating[],
  incarnations: Incarnations,
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = new Map<string, WriteOutcome>();
  const creations: Creation[] = [];
  const places = await readPlaces(tables, changes);
  await concurrently(AT_ONCE, changes, async (change) => {
    const { key } = change.record;
    const prepared = await prepare(tables, change, { found: places.get(key), incarnations });
    if (typeof prepared === 'string' || 'reason' in prepared) outcomes.set(key, prepared);
    else creations.push(prepared);
  });
  await listMonths(tables, creations);
  await tables.bulk.write(
    tables.table,
    creations.flatMap((creation) => [...indexItems(creation), ...creation.fresh.items]),
  );
  const whole = await putGuarded(tables, creations, outcomes);
  const granted = new Set(whole.flatMap(({ fresh }) => fresh.grants.map(({ role }) => role)));
  const current = await readIncarnations(tables, granted);
  await concurrently(AT_ONCE, whole, async (creation) => {
    const { key } = creation.record;
    outcomes.set(key, await unlessTooLarge(key, () => complete(tables, creation, current)));
  });
  return outcomes;
}

/** What is in the places of users who were not found. */
async function readPlaces({ db, table }: StageTables, changes: readonly Creating[]) {
  const items = await db.batchGet(
    table,
    changes.map(({ record: { key } }) => userKey(key)),
  );
  return new Map(items.map((item) => [String(item.pk).slice('user#'.length) as UserId, item]));
}

async function prepare(
  tables: StageTables,
  { record, isKnown }: Creating,
  { found, incarnations }: { readonly found: Item | undefined; readonly incarnations: Incarnations },
): Promise<Creation | WriteOutcome> {
  const place = await freePlace(tables, found);
  if (place === 'was-deleted') return refusal(record.key, 'the stage has deleted this user');
  if (place?.recipe !== undefined) return 'overtaken';
  const user = await readRest(tables, record, isKnown || place !== undefined);
  const claims = { login: tables.context.random.uuid(), mapping: tables.context.random.uuid() };
  const taken = (await claimMapping(tables, record, claims.mapping)) ?? (await claimContacts(tables, record, claims));
  if (taken !== undefined) return taken;
  const fresh = freshDataOf(tables, record, user, { isResumed: isMoving(place), incarnations });
  if ('reason' in fresh) return fresh;
  return (await takePlace(tables, place, user)) ? { record, claims, user, fresh } : 'overtaken';
}

/** Removes what keeps a user from being created whose creation had broken off. A user who was deleted stays deleted. */
async function freePlace(
  { db, table }: StageTables,
  place: Item | undefined,
): Promise<Item | 'was-deleted' | undefined> {
  if (place === undefined || !isDeleted(place)) return place;
  if (place.erased === true || place.recipe !== undefined) return 'was-deleted';
  const isFree = both(ifEqual('deleted', true), both(ifAbsent('erased'), ifAbsent('recipe')));
  await db.deleteIf(table, { pk: String(place.pk), sk: 'user' }, isFree);
  return undefined;
}

/** @param isAnythingThere if not, nothing is kept under the user's own id */
async function readRest(tables: StageTables, { key, parts }: MovedUser, isAnythingThere: boolean): Promise<StageUser> {
  const dataId = parts.mapping?.externalId ?? key;
  const own = isAnythingThere ? await readPartition(tables, key) : [];
  return userIn(tables, key, own, dataId, dataId === key ? own : await readPartition(tables, dataId));
}

async function claimContacts(
  { db, table, context }: StageTables,
  record: MovedLoginUser,
  { login }: LoginClaims,
): Promise<RefusedRecord | undefined> {
  if (record.parts.login.isRetired) return undefined;
  const claims = createClaims(tableOf(db, table));
  const holdings = holdingsOfNew(newUserOf(record, login));
  const { taken } = await claimAll({ table: tableOf(db, table), claims }, holdings, context.clock());
  if (taken === undefined) return undefined;
  const { exclusive } = holdings.find(({ contact }) => contact === taken) ?? {};
  const holder = exclusive && (await claims.holderOf(exclusive.key));
  return refusal(record.key, `its ${describeContact(taken)} is that of the user ${holder}`);
}

export function describeContact(contact: Contact): string {
  if (contact.kind === 'email') return `e-mail ${contact.email}`;
  if (contact.kind === 'phone-number') return `phone number ${contact.phoneNumber}`;
  return `id ${contact.thirdParty.userId} at ${contact.thirdParty.id}`;
}

/**
 * Until the user is there, an item in its place keeps the list from being tidied, and hides what is kept under its ids. If no import
 * completes the user, it expires. It is conditional: a late copy of the request must not replace the user.
 * @returns whether nothing else is there by now
 */
async function takePlace(
  { db, table, context }: StageTables,
  place: Item | undefined,
  { id, dataId }: StageUser,
): Promise<boolean> {
  if (place === undefined) {
    const ttl = Math.ceil(context.clock() / 1000) + TOMBSTONE_SECONDS;
    return db.put(table, { ...userKey(id), [MOVING]: dataId, ttl }, IF_NEW);
  }
  if (place[MOVING] === dataId) return true;
  const update = { set: { [MOVING]: dataId }, condition: both(ifAbsent('recipe'), ifAbsent('deleted')) };
  return (await db.update(table, userKey(id), update)) !== undefined;
}

/** Lists months, each by one conditional write: it may say that it has linked users. */
async function listMonths({ db, table }: StageTables, creations: readonly Creation[]): Promise<void> {
  const listed = creations.filter(({ record }) => !record.parts.login.isRetired);
  const months = new Set(listed.map(({ record }) => monthOf(record.parts.login.timeJoined)));
  await concurrently(AT_ONCE, [...months], async (month) => {
    await db.put(table, monthKey(month), IF_NEW);
  });
}

/** The items by which a user is looked up, searched and listed. */
function indexItems({ record, claims: { login: claim } }: Creation): Item[] {
  const { login } = record.parts;
  if (login.isRetired) return [];
  const user = newUserOf(record, claim);
  const holdings = holdingsOfNew(user);
  const accounts = holdings.flatMap(({ contact }) => accountKeys(record.key, contact));
  return [...accounts.map((key) => ({ ...key, claim })), { ...listKey(user), recipe: login.recipe }];
}

/** @returns the users of whom every item was written */
async function putGuarded(
  { db, table }: StageTables,
  creations: readonly Creation[],
  outcomes: Map<string, WriteOutcome>,
): Promise<Creation[]> {
  const overtaken = new Set<Creation>();
  await concurrently(AT_ONCE, creations, async (creation) => {
    for (const item of creation.fresh.guarded) {
      if (!(await db.put(table, item, IF_NEW))) overtaken.add(creation);
    }
  });
  for (const { record } of overtaken) outcomes.set(record.key, 'overtaken');
  return creations.filter((creation) => !overtaken.has(creation));
}

async function complete(tables: StageTables, creation: Creation, current: Incarnations): Promise<WriteOutcome> {
  const { record, user, fresh } = creation;
  const confirmed = await confirmGrants(tables, user.dataId, fresh.grants, current);
  if (confirmed !== 'written') return confirmed;
  for (const part of fresh.left) {
    const outcome = await writeData(tables, user, part, record.parts[part]);
    if (outcome !== 'written') return outcome;
  }
  return storeOwnItem(tables, creation);
}

/** The write with which the user is there. */
async function storeOwnItem({ db, table }: StageTables, creation: Creation): Promise<WriteOutcome> {
  const { record, claims, user, fresh } = creation;
  const item = { ...loginItem(record, claims), ...fresh.ownAttributes };
  const isOurs = both(ifEqual(MOVING, user.dataId), ifAbsent('deleted'));
  if (fresh.isAll) {
    if (await db.put(table, item, isOurs)) return 'written';
  } else {
    const { pk: _pk, sk: _sk, ...set } = item;
    if (
      (await db.update(table, userKey(record.key), { set, remove: [MOVING, 'ttl'], condition: isOurs })) !== undefined
    ) {
      return 'written';
    }
  }
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return outcomeOf((await db.get(table, userKey(record.key)))?.claim === claims.login);
}
