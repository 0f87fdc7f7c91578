import { changeContacts } from '../../../core/accountlinking/operations/change-contacts.ts';
import { contactKeysOf } from '../../../core/user/rules/contact-key.ts';
import { contactsOf, identityOf } from '../../../core/user/rules/identity.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import { identityKey } from '../../../core/user/store/dynamodb/keys.ts';
import { mappingKey } from '../../../core/useridmapping/store/dynamodb.ts';
import type { RecordChange, RefusedRecord, WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { outcomeOf, refusal } from '../records/stage-writes.ts';
import { describeContact } from './stage-create.ts';
import { DATA_PARTS, type DataPart, writeData } from './stage-data.ts';
import { isNothing, partsOf, readPartition, type StageUser, userIn } from './stage-user.ts';
import type { MovedLogin, MovedUser, UserParts } from './user.ts';

type UserChange = RecordChange<MovedUser, StageUser>;

/**
 * Changes the parts of a user, or of an id without a login method, that differ. Each part is written by itself, if the core has
 * not changed it since it was read.
 */
export async function changeUser(
  tables: StageTables,
  { record, changed }: UserChange,
  user: StageUser,
): Promise<WriteOutcome> {
  const { row } = user;
  const { login, mapping } = record.parts;
  let current = user;
  if (row !== undefined && changed.includes('login')) {
    const outcome = await changeLogin(tables, row, login);
    if (outcome !== 'written') return outcome;
  }
  if (row !== undefined && changed.includes('mapping') && !isUnmapped(row, mapping)) {
    const moved = await changeMapping(tables, row, mapping, changed.includes('login'));
    if (moved === 'overtaken' || 'reason' in moved) return moved;
    current = moved;
  }
  const isElsewhere = current.dataId !== user.dataId;
  const parts = isElsewhere ? DATA_PARTS : DATA_PARTS.filter((part) => changed.includes(part));
  const outcome = await writeParts(tables, current, parts, record.parts);
  return outcome === 'written' && isElsewhere ? removeData(tables, user) : outcome;
}

const isUnmapped = ({ externalId }: UserRow, mapping: UserParts['mapping']): boolean =>
  externalId === undefined && mapping === null;

/** What is kept under the id that a user had before, or under an id of no user. */
export async function removeData(tables: StageTables, user: StageUser): Promise<WriteOutcome> {
  const there = partsOf(user, tables.context.clock());
  const parts = PARTS_OF_DATA_ID.filter((part) => !isNothing(there[part]));
  return writeParts(tables, user, parts, NOTHING);
}

/** A reset token is kept under the user's own id. */
const PARTS_OF_DATA_ID = DATA_PARTS.filter((part) => part !== 'resetTokens');

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

async function writeParts(
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

async function changeLogin(tables: StageTables, row: UserRow, login: MovedLogin | null): Promise<WriteOutcome> {
  const { stores } = tables.context;
  if (login === null) return refusal(row.id, 'its login method was removed, and there is data under its id');
  if (login.isRetired) {
    if (row.isRetired) return 'written';
    // A request that is about to change the login method fails from here on.
    if (!(await stores.links.shutOut(row))) return 'overtaken';
    await stores.users.retire(row);
    return 'written';
  }
  const obstacle = obstacleTo(row, login);
  return obstacle === undefined ? changeContactsAndHash(tables, row, login) : refusal(row.id, obstacle);
}

/** What never changes of a user in either core. */
function obstacleTo(row: UserRow, login: MovedLogin): string | undefined {
  if (row.isRetired) return 'its login method was removed on the stage';
  if (row.recipe !== login.recipe) return `the stage has it as a user of ${row.recipe}`;
  if (row.timeJoined !== login.timeJoined) return 'the stage has another time of joining';
  const { id, userId } = login.thirdParty ?? {};
  const isSame = row.thirdParty?.id === id && row.thirdParty?.userId === userId;
  return isSame ? undefined : 'the stage has another id at the provider';
}

async function changeContactsAndHash(tables: StageTables, row: UserRow, login: MovedLogin): Promise<WriteOutcome> {
  const { context } = tables;
  const { email, phoneNumber } = login;
  const passwordHash = login.passwordHash ?? undefined;
  const next = { email: email ?? undefined, phoneNumber: phoneNumber ?? undefined };
  if (next.email === row.email && next.phoneNumber === row.phoneNumber) {
    return outcomeOf(passwordHash === undefined || (await context.stores.users.renewHash(row, passwordHash)));
  }
  const change = { email, phoneNumber, passwordHash, replacedHash: row.passwordHash, claim: context.random.uuid() };
  const contacts = contactKeysOf({ ...row, ...next });
  const result = await changeContacts(context, row, contacts, () =>
    context.stores.users.change(row, change, context.clock()),
  );
  if (result === 'changed') return 'written';
  if (result === 'overtaken') return 'overtaken';
  if (typeof result !== 'string') {
    return refusal(row.id, `its ${result.contact.replace('#', ' ')} is that of the primary user ${result.primaryId}`);
  }
  return takenBy(tables, { ...row, ...next }, result === 'email-taken' ? 'email' : 'phone-number');
}

/** A refusal that names the user who has the contact. */
async function takenBy(
  { db, table }: StageTables,
  row: UserRow,
  kind: 'email' | 'phone-number',
): Promise<RefusedRecord | 'overtaken'> {
  const contact = contactsOf(row).find((each) => each.kind === kind);
  const identity = contact && identityOf(row.recipe, contact);
  if (contact === undefined || identity === undefined) return 'overtaken';
  const holder = (await db.get(table, identityKey(identity)))?.userId;
  return refusal(row.id, `its ${describeContact(contact)} is that of the user ${holder}`);
}

/**
 * Changes the external id, or what is noted of it. What is kept under the user's ids is then kept under another id.
 * @returns the user with what is under that id
 */
async function changeMapping(
  tables: StageTables,
  read: UserRow,
  mapping: UserParts['mapping'],
  isLoginChanged: boolean,
): Promise<StageUser | RefusedRecord | 'overtaken'> {
  const { stores, random, clock } = tables.context;
  // The version has changed with the login method.
  const row = isLoginChanged ? await stores.users.getWithRetired(read.id) : read;
  if (row === undefined || row.externalId !== read.externalId) return 'overtaken';
  const info = mapping?.info ?? undefined;
  if (row.externalId === mapping?.externalId) {
    if (!(await stores.mappings.setInfo(row, info))) return 'overtaken';
    return rereadUser(tables, row, mapping);
  }
  if (row.externalId !== undefined && !(await stores.mappings.unmap(row))) return 'overtaken';
  if (mapping === null) return rereadUser(tables, row, mapping);
  const unmapped = row.externalId === undefined ? row : await stores.users.get(row.id);
  if (unmapped === undefined) return 'overtaken';
  const { externalId } = mapping;
  const result = await stores.mappings.map(unmapped, { externalId, info, claim: random.uuid() }, clock());
  if (result === 'external-id-taken') {
    const holder = (await tables.db.get(tables.table, mappingKey(externalId)))?.userId;
    return refusal(row.id, `its external id ${externalId} is that of the user ${holder}`);
  }
  return result === 'overtaken' ? 'overtaken' : rereadUser(tables, row, mapping);
}

async function rereadUser(tables: StageTables, { id }: UserRow, mapping: UserParts['mapping']): Promise<StageUser> {
  const dataId = mapping?.externalId ?? id;
  const own = await readPartition(tables, id);
  return userIn(tables, id, own, dataId, dataId === id ? own : await readPartition(tables, dataId));
}
