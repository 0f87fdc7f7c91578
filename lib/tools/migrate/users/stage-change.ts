import { changeContacts } from '../../../core/accountlinking/operations/change-contacts.ts';
import { contactKeysOf } from '../../../core/user/rules/contact-key.ts';
import { contactsOf, identityOf } from '../../../core/user/rules/identity.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import { identityKey } from '../../../core/user/store/dynamodb/keys.ts';
import type { RecordChange, RefusedRecord, WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { outcomeOf, refusal } from '../records/stage-writes.ts';
import { describeContact } from './stage-create.ts';
import { DATA_PARTS, writeData, writeParts } from './stage-data.ts';
import { moveToId } from './stage-move-data.ts';
import type { StageUser } from './stage-user.ts';
import type { MovedLogin, MovedUser } from './user.ts';

type UserChange = RecordChange<MovedUser, StageUser>;

/**
 * Changes the parts of a user, or of an id without a login method, that differ. Each part is written by itself, if the core has
 * not changed it since it was read.
 */
export async function changeUser(tables: StageTables, change: UserChange, user: StageUser): Promise<WriteOutcome> {
  const { record, changed } = change;
  const { row } = user;
  const isLoginChanged = row !== undefined && changed.includes('login');
  if (isLoginChanged) {
    const outcome = await changeLogin(tables, row, record.parts.login);
    if (outcome !== 'written') return outcome;
  }
  const dataId = record.parts.mapping?.externalId ?? user.id;
  if (row !== undefined && dataId !== user.dataId) {
    // The version has changed with the login method.
    const current = isLoginChanged ? await tables.context.stores.users.getWithRetired(row.id) : row;
    if (current === undefined) return 'overtaken';
    const outcome = await moveToId(tables, record, { user, row: current, dataId });
    return outcome === 'written' && changed.includes('resetTokens')
      ? writeData(tables, user, 'resetTokens', record.parts.resetTokens)
      : outcome;
  }
  if (row !== undefined && changed.includes('mapping') && row.externalId !== undefined) {
    const info = record.parts.mapping?.info ?? undefined;
    if (!(await tables.context.stores.mappings.setInfo(row, info))) return 'overtaken';
  }
  const parts = DATA_PARTS.filter((part) => changed.includes(part));
  return writeParts(tables, user, parts, record.parts);
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
