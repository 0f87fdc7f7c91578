import type { UserId } from '../../core/types.ts';
import { CommandFailed, confirm, EXIT, type ExitCode, type Terminal, UsageError } from '../command-line.ts';
import { printable } from '../terminal-text.ts';
import type { CoreUsers, LoginMethodRecord, UserContact, UserRecord } from './core-users.ts';
import { emailHint, isEmail } from './email.ts';
import { isPhoneNumber } from './phone-number.ts';
import type { UserJob } from './user-job.ts';
import { userDetailsOf, userSheet, userSummaryOf, userTable } from './user-report.ts';
import { changeRoles } from './user-roles.ts';

export type UserAction = 'list' | 'show' | 'create' | 'delete' | 'verify-email' | 'set-password' | 'roles';

/** What an action does, and how many names it needs and takes. */
interface ActionOfUsers {
  readonly needs: 0 | 1;
  readonly takes: 1;
  /** Whether it takes an email or a phone number instead of the user's id. */
  readonly takesContact: boolean;
  readonly run: (job: UserJob) => Promise<ExitCode>;
}

const ofUser = (act: (job: UserJob, user: UserRecord) => Promise<ExitCode>): ActionOfUsers => ({
  needs: 1,
  takes: 1,
  takesContact: true,
  run: (job) => forUser(job, act),
});

export const USER_ACTIONS: Readonly<Record<UserAction, ActionOfUsers>> = {
  list: { needs: 0, takes: 1, takesContact: false, run: list },
  show: ofUser(show),
  create: { needs: 1, takes: 1, takesContact: false, run: create },
  delete: ofUser(remove),
  'verify-email': ofUser(verifyEmail),
  'set-password': ofUser(setPassword),
  roles: { ...ofUser(changeRoles), needs: 0, run: roles },
};

async function list({ users, limit, name, provider, isJson, terminal }: UserJob): Promise<ExitCode> {
  const found = await users.list(limit, { beginning: name, provider });
  if (isJson) terminal.print(JSON.stringify({ users: found.users.map(userSummaryOf), isAll: found.isAll }));
  else terminal.print(userTable(found.users));
  if (!found.isAll) terminal.notify(`There are more than ${limit} users. Use --limit to list more.`);
  return EXIT.done;
}

async function show({ users, isJson, terminal }: UserJob, user: UserRecord): Promise<ExitCode> {
  const details = { user, roles: await users.rolesOf(user.id), metadata: await users.metadataOf(user.id) };
  terminal.print(isJson ? JSON.stringify(userDetailsOf(details)) : userSheet(details));
  return EXIT.done;
}

async function create(job: UserJob): Promise<ExitCode> {
  const { name = '', isJson, terminal, where } = job;
  const user = await (name.startsWith('+') || job.isByCode ? createByCode(job, name) : createByPassword(job, name));
  if (user === undefined)
    throw new CommandFailed(`A user in ${where} has ${describeContact(contactIn(name))} already.`);
  if (isJson) terminal.print(JSON.stringify(userSummaryOf(user)));
  else terminal.print(`Created ${user.id} in ${where}`);
  return EXIT.done;
}

async function createByPassword({ users, terminal }: UserJob, name: string): Promise<UserRecord | undefined> {
  checkEmail(name);
  return users.create(name, await askPassword(terminal));
}

async function createByCode({ users }: UserJob, name: string): Promise<UserRecord | undefined> {
  if (!name.startsWith('+')) checkEmail(name);
  else if (!isPhoneNumber(name)) throw new UsageError(`${name} is not a valid phone number.`);
  return users.createByCode(contactIn(name));
}

const contactIn = (name: string): UserContact => (name.startsWith('+') ? { phoneNumber: name } : { email: name });

const describeContact = (contact: UserContact): string =>
  'email' in contact ? `the e-mail ${contact.email}` : `the phone number ${contact.phoneNumber}`;

/** @throws UsageError */
function checkEmail(name: string): void {
  if (!isEmail(name)) throw new UsageError(`${name} is not an e-mail address.`);
}

async function remove({ users, isJson, isConfirmed, terminal, where }: UserJob, user: UserRecord): Promise<ExitCode> {
  if (!isConfirmed && !terminal.isInteractive)
    throw new UsageError('Without a terminal to ask at, delete needs --yes.');
  const who = printable([user.id, ...user.emails, ...user.phoneNumbers].join(', '));
  if (!isConfirmed && !(await confirm(terminal, `Delete ${who}, with everything of this user, in ${where}?`))) {
    throw new CommandFailed('Nothing was deleted.');
  }
  await users.remove(user.id);
  terminal.print(isJson ? JSON.stringify({ deleted: user.id }) : `Deleted ${user.id} in ${where}`);
  terminal.notify("Routes without checkDatabase accept the user's access tokens until they expire.");
  return EXIT.done;
}

async function verifyEmail({ users, isJson, terminal }: UserJob, user: UserRecord): Promise<ExitCode> {
  const { recipeUserId, email } = loginMethodOf(user, ({ email }) => email !== undefined, 'has no e-mail');
  const isNew = await users.verifyEmail(recipeUserId, email ?? '');
  if (isJson) terminal.print(JSON.stringify({ userId: user.id, email, wasVerified: !isNew }));
  else terminal.print(`${printable(email ?? '')} ${isNew ? 'is verified now' : 'was verified before'}`);
  if (isNew)
    terminal.notify(
      'Existing sessions show it after GET /auth/user/email/verify, which the frontend SDK calls, or the next sign-in.',
    );
  return EXIT.done;
}

async function setPassword({ users, isJson, terminal }: UserJob, user: UserRecord): Promise<ExitCode> {
  const isByPassword = ({ recipeId }: LoginMethodRecord): boolean => recipeId === 'emailpassword';
  const { recipeUserId } = loginMethodOf(user, isByPassword, 'does not log in by a password');
  const isDone = await users.setPassword(recipeUserId, await askPassword(terminal));
  if (!isDone) throw new CommandFailed(`The user ${user.id} was deleted in the meantime.`);
  terminal.print(isJson ? JSON.stringify({ userId: user.id }) : `Replaced the password of ${user.id}`);
  terminal.notify(`The user's sessions continue. To end them: npm run sessions -- revoke-all ${user.id}`);
  return EXIT.done;
}

async function roles(job: UserJob): Promise<ExitCode> {
  if (job.name !== undefined || job.contact !== undefined) return forUser(job, changeRoles);
  const found = await job.users.roles();
  job.terminal.print(job.isJson ? JSON.stringify({ roles: found }) : found.map(printable).join('\n'));
  return EXIT.done;
}

/** The first login method of that kind. @throws CommandFailed if there is none */
function loginMethodOf(user: UserRecord, isWanted: (method: LoginMethodRecord) => boolean, fault: string) {
  const found = user.loginMethods.find(isWanted);
  if (found === undefined) throw new CommandFailed(`The user ${user.id} ${fault}.`);
  return found;
}

/** Does something for the user who is meant; if there is none, it says so. */
async function forUser(job: UserJob, act: (job: UserJob, user: UserRecord) => Promise<ExitCode>): Promise<ExitCode> {
  const { contact, name, users, terminal, where } = job;
  const user = contact === undefined ? await users.find(name as UserId) : await userWith(users, contact);
  if (user !== undefined) return act(job, user);
  const missing = contact === undefined ? `user ${name}` : `user with ${describeContact(contact)}`;
  terminal.notify(`There is no ${missing} in ${where}.${emailHint(name ?? '')}`);
  return EXIT.notFound;
}

async function userWith(users: CoreUsers, contact: UserContact): Promise<UserRecord | undefined> {
  const found = await users.findByContact(contact);
  if (found.length <= 1) return found[0];
  const ids = found.map(({ id }) => id).join(', ');
  throw new CommandFailed(`Several users have ${describeContact(contact)}. Name one of them: ${ids}`);
}

/** An argument would be seen by other users of the machine, and stay in the shell's history. */
async function askPassword(terminal: Terminal): Promise<string> {
  const password = await terminal.askSecret('New password: ');
  if (password === '') throw new UsageError('A password must not be empty.');
  // It loads SuperTokens' SDK, which no other action needs.
  const { faultOfPassword } = await import('./password-policy.ts');
  const fault = await faultOfPassword(password);
  if (fault !== undefined) throw new UsageError(`${fault}. lib/app/recipes.ts decides which passwords are accepted.`);
  if (terminal.isInteractive && (await terminal.askSecret('Again: ')) !== password) {
    throw new CommandFailed('The two passwords differ. Nothing was changed.');
  }
  return password;
}
