import type { UserId } from '../../core/types.ts';
import { CommandFailed, confirm, EXIT, type ExitCode, type Terminal, UsageError } from '../command-line.ts';
import type { LoginMethodRecord, UserRecord } from './core-users.ts';
import { isEmail } from './email.ts';
import type { UserJob } from './user-job.ts';
import { userDetailsOf, userSheet, userSummaryOf, userTable } from './user-report.ts';
import { changeRoles } from './user-roles.ts';

export type UserAction = 'list' | 'show' | 'create' | 'delete' | 'verify-email' | 'set-password' | 'roles';

/** What an action does, and how many names it needs and takes. */
interface ActionOfUsers {
  readonly needs: 0 | 1;
  readonly takes: 1;
  readonly takesEmail: boolean;
  readonly run: (job: UserJob) => Promise<ExitCode>;
}

const ofUser = (act: (job: UserJob, user: UserRecord) => Promise<ExitCode>): ActionOfUsers => ({
  needs: 1,
  takes: 1,
  takesEmail: true,
  run: (job) => forUser(job, act),
});

export const USER_ACTIONS: Readonly<Record<UserAction, ActionOfUsers>> = {
  list: { needs: 0, takes: 1, takesEmail: false, run: list },
  show: ofUser(show),
  create: { needs: 1, takes: 1, takesEmail: false, run: create },
  delete: ofUser(remove),
  'verify-email': ofUser(verifyEmail),
  'set-password': ofUser(setPassword),
  roles: { ...ofUser(changeRoles), needs: 0, run: roles },
};

async function list({ users, limit, name, isJson, terminal }: UserJob): Promise<ExitCode> {
  const found = await users.list(limit, name);
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

async function create({ users, name = '', isJson, terminal, where }: UserJob): Promise<ExitCode> {
  if (!isEmail(name)) throw new UsageError(`${name} is not an email address.`);
  const user = await users.create(name, await askPassword(terminal));
  if (user === undefined) throw new CommandFailed(`A user in ${where} has the email ${name} already.`);
  if (isJson) terminal.print(JSON.stringify(userSummaryOf(user)));
  else terminal.print(`Created ${user.id} in ${where}`);
  return EXIT.done;
}

async function remove({ users, isJson, isConfirmed, terminal, where }: UserJob, user: UserRecord): Promise<ExitCode> {
  if (!isConfirmed && !terminal.isInteractive)
    throw new UsageError('Without a terminal to ask at, delete needs --yes.');
  const who = [user.id, ...user.emails].join(', ');
  if (!isConfirmed && !(await confirm(terminal, `Delete ${who}, with everything of this user, in ${where}?`))) {
    throw new CommandFailed('Nothing was deleted.');
  }
  await users.remove(user.id);
  terminal.print(isJson ? JSON.stringify({ deleted: user.id }) : `Deleted ${user.id} in ${where}`);
  terminal.notify("Routes without checkDatabase accept the user's access tokens until they expire.");
  return EXIT.done;
}

async function verifyEmail({ users, isJson, terminal }: UserJob, user: UserRecord): Promise<ExitCode> {
  const { recipeUserId, email } = loginMethodOf(user, ({ email }) => email !== undefined, 'has no email');
  const isNew = await users.verifyEmail(recipeUserId, email ?? '');
  if (isJson) terminal.print(JSON.stringify({ userId: user.id, email, wasVerified: !isNew }));
  else terminal.print(`${email} ${isNew ? 'is verified now' : 'was verified before'}`);
  if (isNew) terminal.notify('Sessions that carry this as a claim show it once the claim is fetched again.');
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
  if (job.name !== undefined || job.email !== undefined) return forUser(job, changeRoles);
  const found = await job.users.roles();
  job.terminal.print(job.isJson ? JSON.stringify({ roles: found }) : found.join('\n'));
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
  const user = job.email === undefined ? await job.users.find(job.name as UserId) : await userWithEmail(job, job.email);
  if (user !== undefined) return act(job, user);
  const missing = job.email === undefined ? `user ${job.name}` : `user with the email ${job.email}`;
  job.terminal.notify(`There is no ${missing} in ${job.where}.`);
  return EXIT.notFound;
}

async function userWithEmail({ users }: UserJob, email: string): Promise<UserRecord | undefined> {
  const found = await users.findByEmail(email);
  if (found.length <= 1) return found[0];
  throw new CommandFailed(`Several users have that email. Name one of them: ${found.map(({ id }) => id).join(', ')}`);
}

/** An argument would be seen by other users of the machine, and stay in the shell's history. */
async function askPassword(terminal: Terminal): Promise<string> {
  const password = await terminal.askSecret('New password: ');
  if (password === '') throw new UsageError('A password must not be empty.');
  if (terminal.isInteractive && (await terminal.askSecret('Again: ')) !== password) {
    throw new CommandFailed('The two passwords differ. Nothing was changed.');
  }
  return password;
}
