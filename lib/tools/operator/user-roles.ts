import type { RoleName } from '../../core/types.ts';
import { CommandFailed, EXIT, type ExitCode } from '../command-line.ts';
import { printable } from '../terminal-text.ts';
import type { UserRecord } from './core-users.ts';
import type { UserJob } from './user-job.ts';

const KEPT_ROLES =
  'Existing sessions keep their old roles until the next sign-in. To end them at once: npm run sessions -- revoke-all';

/** Gives and takes the roles that were named, and prints the user's roles. Without a name it prints them alone. */
export async function changeRoles(job: UserJob, user: UserRecord): Promise<ExitCode> {
  const { users, added, removed, isJson, terminal } = job;
  const isChange = added.length + removed.length > 0;
  const unknown = isChange ? await prepareRoles(job) : [];
  if (unknown.length > 0) {
    terminal.notify(
      `There is no role ${unknown.join(', ')} in ${job.where}. Use --create to create the roles of --add.`,
    );
    return EXIT.notFound;
  }
  for (const role of added) checkKnown(role, await users.addRole(user.id, role));
  for (const role of removed) checkKnown(role, await users.removeRole(user.id, role));
  const roles = await users.rolesOf(user.id);
  if (isJson) terminal.print(JSON.stringify({ userId: user.id, roles }));
  else if (roles.length > 0) terminal.print(roles.map(printable).join('\n'));
  else terminal.notify('The user has no roles.');
  if (isChange) terminal.notify(KEPT_ROLES);
  return EXIT.done;
}

/** Creates missing roles if that is wanted. @returns the roles that are missing then */
async function prepareRoles({ users, added, removed, createsRoles }: UserJob): Promise<readonly RoleName[]> {
  const known = await users.roles();
  const missing = [...added, ...removed].filter((role) => !known.includes(role));
  const unknown = createsRoles ? missing.filter((role) => !added.includes(role)) : missing;
  if (unknown.length > 0) return unknown;
  for (const role of missing) await users.createRole(role);
  return [];
}

/** @throws CommandFailed if the role is unknown */
function checkKnown(role: RoleName, result: string): void {
  if (result === 'unknown-role') throw new CommandFailed(`The role ${role} was deleted in the meantime.`);
}
