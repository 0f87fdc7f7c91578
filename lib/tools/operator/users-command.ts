import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import type { RoleName } from '../../core/types.ts';
import { createDynamoDb } from '../../dynamodb/client.ts';
import { type Command, EXIT, UsageError } from '../command-line.ts';
import { passwordSettingsOf } from './core-store.ts';
import { createCoreUsers, type UserContact } from './core-users.ts';
import { TABLE_HELP, TABLE_OPTIONS, tablesWithUsers, withSessionTables } from './session-tables.ts';
import { USER_ACTIONS, type UserAction } from './user-actions.ts';
import type { UserJob } from './user-job.ts';

const HELP = `npm run users -- <action> [options]

  list [TEXT]            lists the core's users, newest first. With TEXT: those whose e-mail, its domain, or phone number
                         (+…) begins with it
  show USER              prints how the user logs in, the roles and the metadata
  create EMAIL           creates a user who logs in with that e-mail and a password
  create +NUMBER         creates a user who logs in with codes, sent to that phone number
  delete USER            deletes the user, with the sessions, roles, metadata and all other data
  verify-email USER      marks the user's e-mail as verified
  set-password USER      replaces the user's password, and keeps the user's sessions
  roles                  lists all roles
  roles USER             adds and removes roles of the user, then lists the user's roles

USER is the user's id in the core, or the external id.

  --email ADDRESS        instead of USER: the user with that e-mail
  --phone NUMBER         instead of USER: the user with that phone number
  --provider ID          list: only users of that provider, such as google
  --passwordless         create EMAIL: the user logs in with codes. The e-mail counts as verified
  --limit N              list: the highest number of users (100)
  --add ROLE             roles: gives the user that role. You can repeat it
  --remove ROLE          roles: takes that role from the user. You can repeat it
  --create               roles: creates the roles of --add that do not exist
${TABLE_HELP}
  --json                 prints JSON
  --yes                  delete: does not ask first

create and set-password ask for the password, or read it from the first line of the standard input. They accept what
the sign-up of lib/app/recipes.ts accepts. Like npm run core, they hash it as PASSWORD_HASHING_ALG, ARGON2_… and
BCRYPT_LOG_ROUNDS say.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 no such user or role.
`;

const OPTIONS = {
  ...TABLE_OPTIONS,
  email: { type: 'string' },
  phone: { type: 'string' },
  provider: { type: 'string' },
  passwordless: { type: 'boolean', default: false },
  limit: { type: 'string', default: '100' },
  add: { type: 'string', multiple: true, default: [] as string[] },
  remove: { type: 'string', multiple: true, default: [] as string[] },
  create: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const readArguments = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

/** `npm run users`, on the tables that the arguments and the environment say. */
export const usersCommand =
  (environment: Environment): Command =>
  async (args, terminal) => {
    const { values, positionals } = readArguments(args);
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const [name = '', ...names] = positionals;
    checkAction(name);
    const wish = wishOf(name, names, values);
    const passwords = passwordSettingsOf(environment);
    return withSessionTables(values, environment, async (tables) => {
      terminal.notify(`Using ${tables.where}`);
      const users = createCoreUsers(createDynamoDb(tables.db), tablesWithUsers(tables), passwords);
      return USER_ACTIONS[name].run({ ...wish, where: tables.where, users, terminal });
    });
  };

function checkAction(name: string): asserts name is UserAction {
  if (Object.hasOwn(USER_ACTIONS, name)) return;
  throw new UsageError(
    name === '' ? `Name an action: ${Object.keys(USER_ACTIONS).join(', ')}.` : `There is no action ${name}.`,
  );
}

const roleNames = (names: readonly string[]): RoleName[] => names.map((name) => name.trim() as RoleName);

type Values = ReturnType<typeof readArguments>['values'];

/** What was typed, found to fit the action. @throws UsageError */
function wishOf(
  action: UserAction,
  names: readonly string[],
  values: Values,
): Omit<UserJob, 'where' | 'users' | 'terminal'> {
  const { provider, passwordless, limit, add, remove, create, json, yes } = values;
  const { needs, takes } = USER_ACTIONS[action];
  const contacts = contactsOf(action, values);
  const given = names.length + contacts.length;
  if (given < needs)
    throw new UsageError(`${action} needs ${action === 'create' ? 'an e-mail or a phone number' : 'a user'}.`);
  if (given > takes) throw new UsageError(`${action} takes only one ${action === 'create' ? 'e-mail' : 'name'}.`);
  if (provider !== undefined && action !== 'list') throw new UsageError('Only list takes --provider.');
  if (passwordless && action !== 'create') throw new UsageError('Only create takes --passwordless.');
  if (names.includes('')) throw new UsageError('A name must not be empty.');
  const hasRoles = add.length + remove.length > 0;
  if (hasRoles && (action !== 'roles' || given === 0))
    throw new UsageError('Only roles USER takes --add and --remove.');
  if (create && add.length === 0) throw new UsageError('--create needs --add.');
  if (!/^[1-9]\d{0,6}$/.test(limit)) throw new UsageError('--limit takes a whole number from 1 to 9999999.');
  return {
    name: names[0],
    contact: contacts[0],
    provider,
    isByCode: passwordless,
    limit: Number(limit),
    added: roleNames(add),
    removed: roleNames(remove),
    createsRoles: create,
    isJson: json,
    isConfirmed: yes,
  };
}

/** The email or phone number of the user who is meant. @throws UsageError if the action takes none */
function contactsOf(action: UserAction, { email, phone }: Values): UserContact[] {
  const given = [...(email === undefined ? [] : [{ email }]), ...(phone === undefined ? [] : [{ phoneNumber: phone }])];
  if (given.length > 0 && !USER_ACTIONS[action].takesContact) {
    throw new UsageError(`${action} takes no ${email === undefined ? '--phone' : '--email'}.`);
  }
  return given;
}
