import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import { type CoreSessions, createCore, DEFAULT_CORE_CONFIG } from '../../core/index.ts';
import { createDynamoDbStore } from '../../core/store/dynamodb/index.ts';
import type { SessionHandle, UserId } from '../../core/types.ts';
import { createDynamoDb, type DynamoDb } from '../../dynamodb/client.ts';
import { systemRandom } from '../../supertokens/system-random.ts';
import {
  type Command,
  CommandFailed,
  confirm,
  EXIT,
  type ExitCode,
  type Terminal,
  UsageError,
} from '../command-line.ts';
import { emailHint, isEmail } from './email.ts';
import { revokeEverything } from './revoke-everything.ts';
import { revokeUser } from './revoke-user.ts';
import { findRecord, listRecords } from './session-records.ts';
import { sessionSheet, sessionTable, summaryOf } from './session-report.ts';
import { type SessionTables, TABLE_HELP, TABLE_OPTIONS, withSessionTables } from './session-tables.ts';
import { findUserByEmail } from './user-by-email.ts';

const HELP = `npm run sessions -- <action> [options]

  list USER              lists the user's sessions
  show HANDLE            prints one session: user, times, claims, device
  show USER              prints the same for each session of the user
  revoke HANDLE...       ends these sessions
  revoke-all USER        ends all of the user's sessions
  revoke-everything      ends every session of every user

  --email ADDRESS        instead of USER: the user with that e-mail, if the core keeps your users
${TABLE_HELP}
  --json                 prints JSON
  --yes                  revoke-everything: does not ask first

revoke-all and revoke-everything report their progress. After a failure, run them again: they continue with the rest.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 no such session or user, or the user has no session.
`;

const OPTIONS = {
  ...TABLE_OPTIONS,
  email: { type: 'string' },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What an action works with. */
interface Job {
  readonly names: readonly string[];
  readonly email: string | undefined;
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
  readonly tables: SessionTables;
  readonly db: DynamoDb;
  readonly sessions: CoreSessions;
  readonly terminal: Terminal;
}

type Action = 'list' | 'show' | 'revoke' | 'revoke-all' | 'revoke-everything';

const ACTIONS: Readonly<Record<Action, (job: Job) => Promise<ExitCode>>> = {
  list,
  show,
  revoke,
  'revoke-all': revokeAll,
  'revoke-everything': revokeAllOfEverybody,
};

/** `npm run sessions`, on the tables that the arguments and the environment say. */
export const sessionsCommand =
  (environment: Environment): Command =>
  async (args, terminal) => {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const [name = '', ...names] = positionals;
    checkNames(name, names, values.email);
    return withSessionTables(values, environment, (tables) => {
      terminal.notify(`Using ${tables.where}`);
      const db = createDynamoDb(tables.db);
      const store = createDynamoDbStore(db, tables.names);
      // The settings do not matter to what is listed and revoked.
      const { sessions } = createCore({ store, clock: Date.now, random: systemRandom, config: DEFAULT_CORE_CONFIG });
      const { email, json: isJson, yes: isConfirmed } = values;
      return ACTIONS[name]({ names, email, isJson, isConfirmed, tables, db, sessions, terminal });
    });
  };

/** How many names an action takes, of what, and whether an e-mail can stand for a name. */
interface Names {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly takesEmail: boolean;
}

const NAMES: Readonly<Record<Action, Names>> = {
  list: { what: 'user', min: 1, max: 1, takesEmail: true },
  show: { what: 'session handle or user', min: 1, max: 1, takesEmail: true },
  revoke: { what: 'session handle', min: 1, max: Number.POSITIVE_INFINITY, takesEmail: false },
  'revoke-all': { what: 'user', min: 1, max: 1, takesEmail: true },
  'revoke-everything': { what: 'name', min: 0, max: 0, takesEmail: false },
};

function checkNames(action: string, names: readonly string[], email: string | undefined): asserts action is Action {
  if (!Object.hasOwn(NAMES, action)) {
    throw new UsageError(
      action === '' ? `Name an action: ${Object.keys(ACTIONS).join(', ')}.` : `There is no action ${action}.`,
    );
  }
  const { what, min, max, takesEmail } = NAMES[action as Action];
  if (email !== undefined && !takesEmail) throw new UsageError(`${action} takes no --email.`);
  const given = names.length + (email === undefined ? 0 : 1);
  if (given < min) throw new UsageError(`${action} needs a ${what}.`);
  if (given > max) throw new UsageError(`${action} takes ${max === 0 ? `no ${what}` : `one ${what}`}.`);
  if (names.includes('')) throw new UsageError(`A ${what} must not be empty.`);
}

async function list(job: Job): Promise<ExitCode> {
  const userId = await userOf(job);
  if (userId === undefined) return EXIT.notFound;
  const records = await listRecords(job.sessions, userId);
  if (job.isJson) job.terminal.print(JSON.stringify({ userId, sessions: records.map(summaryOf) }));
  else if (records.length > 0) job.terminal.print(sessionTable(records));
  return records.length > 0 ? EXIT.done : noSessions(userId, job);
}

async function show(job: Job): Promise<ExitCode> {
  const { sessions, names, email, isJson, terminal } = job;
  const record = email === undefined ? await findRecord(sessions, names[0] as SessionHandle) : undefined;
  if (record !== undefined) {
    terminal.print(isJson ? JSON.stringify(record) : sessionSheet(record));
    return EXIT.done;
  }
  const userId = await userOf(job);
  if (userId === undefined) return EXIT.notFound;
  const records = await listRecords(sessions, userId);
  if (records.length === 0) return email === undefined ? noSession(userId, job) : noSessions(userId, job);
  terminal.print(isJson ? JSON.stringify({ userId, sessions: records }) : records.map(sessionSheet).join('\n\n'));
  return EXIT.done;
}

const NONE = 'None was created, or all have ended.';

function noSession(name: string, { tables, terminal }: Job): ExitCode {
  terminal.notify(
    `There is no session ${name}, and no session of a user ${name}, in ${tables.where}. ${NONE}${emailHint(name)}`,
  );
  return EXIT.notFound;
}

async function revoke({ sessions, names, isJson, terminal, tables }: Job): Promise<ExitCode> {
  const handles = [...new Set(names)] as SessionHandle[];
  const revoked = await sessions.revoke(handles);
  const notFound = handles.filter((handle) => !revoked.includes(handle));
  if (isJson) terminal.print(JSON.stringify({ revoked, notFound }));
  else for (const handle of revoked) terminal.print(`Revoked ${handle}`);
  for (const handle of notFound)
    terminal.notify(
      `There is no session ${handle} in ${tables.where}. To revoke the sessions of a user, use revoke-all`,
    );
  if (revoked.length > 0) terminal.notify(STILL_GOOD);
  return notFound.length > 0 ? EXIT.notFound : EXIT.done;
}

async function revokeAll(job: Job): Promise<ExitCode> {
  const userId = await userOf(job);
  if (userId === undefined) return EXIT.notFound;
  const revoked = await revokeUser(job.sessions, userId, progressOn(job.terminal));
  if (job.isJson) job.terminal.print(JSON.stringify({ userId, revoked }));
  else if (revoked.length > 0) job.terminal.print(`Revoked: ${revoked.length} of ${userId} in ${job.tables.where}`);
  if (revoked.length === 0) return noSessions(userId, job);
  job.terminal.notify(STILL_GOOD);
  return EXIT.done;
}

/** A mistyped user must not look like a user whose sessions are revoked. */
function noSessions(userId: UserId, { tables, terminal }: Job): ExitCode {
  terminal.notify(`There is no session of a user ${userId} in ${tables.where}. ${NONE}${emailHint(userId)}`);
  return EXIT.notFound;
}

async function revokeAllOfEverybody({ sessions, tables, isJson, isConfirmed, terminal }: Job): Promise<ExitCode> {
  if (!isConfirmed && !terminal.isInteractive)
    throw new UsageError('Without a terminal to ask at, revoke-everything needs --yes.');
  if (!isConfirmed && !(await confirm(terminal, `End every session of every user in ${tables.where}?`))) {
    throw new CommandFailed('Nothing was revoked.');
  }
  const revoked = await revokeEverything(sessions, tables.db, tables.names.sessions, progressOn(terminal));
  terminal.print(isJson ? JSON.stringify({ revoked }) : `Revoked: ${revoked}, of all users in ${tables.where}`);
  terminal.notify(STILL_GOOD);
  return EXIT.done;
}

const progressOn = (terminal: Terminal) => (revoked: number) => terminal.notify(`${revoked} so far`);

const STILL_GOOD = 'Routes without checkDatabase accept the access tokens until they expire (ACCESS_TOKEN_VALIDITY).';

/** The user who is meant. If no user has the e-mail, this says so and returns `undefined`. */
async function userOf({ names, email, db, tables, terminal }: Job): Promise<UserId | undefined> {
  if (email === undefined) return names[0] as UserId;
  if (!isEmail(email)) throw new UsageError(`--email ${email} is not an e-mail address.`);
  const userId = await findUserByEmail(db, tables, email);
  if (userId === undefined) terminal.notify(`No user in ${tables.where} has the e-mail ${email.trim()}.`);
  return userId;
}
