import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import { type Core, createCore } from '../../core/index.ts';
import type { PublishedKey } from '../../core/keys/stored-keys.ts';
import { createKeyStore } from '../../core/store/dynamodb/index.ts';
import type { Store } from '../../core/store/store.ts';
import { createDynamoDb } from '../../dynamodb/client.ts';
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
import { settingsOf } from './core-store.ts';
import { type SessionTables, TABLE_HELP, TABLE_OPTIONS, withSessionTables } from './session-tables.ts';

const HELP = `npm run keys -- <action> [options]

  show                   prints the published signing keys, and the time from which each one signs
  replace                replaces the signing keys at once, for example after a leak. Access tokens are rejected from
                         then on. Frontends refresh them, so no user has to log in again
  replace --refresh-secrets
                         also replaces the secrets behind refresh tokens. Every user has to log in again

${TABLE_HELP}
  --json                 prints JSON
  --yes                  replace: does not ask first

If the stage sets ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL, set it to the same value for this command.
Exit codes: 0 done; 1 failed; 2 wrong usage.
`;

const OPTIONS = {
  ...TABLE_OPTIONS,
  'refresh-secrets': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What an action works with. */
interface Job {
  readonly replacesSecrets: boolean;
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
  readonly tables: SessionTables;
  readonly store: Pick<Store, 'publishedKeys'>;
  readonly core: Core;
  readonly terminal: Terminal;
}

const ACTIONS: Readonly<Record<'show' | 'replace', (job: Job) => Promise<ExitCode>>> = { show, replace };

/** `npm run keys`, on the tables that the arguments and the environment say. */
export const keysCommand =
  (environment: Environment): Command =>
  async (args, terminal) => {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const [action, ...rest] = positionals;
    if (action !== 'show' && action !== 'replace') throw new UsageError('Name an action: show or replace.');
    if (rest.length > 0) throw new UsageError(`${action} takes no name.`);
    const { 'refresh-secrets': replacesSecrets, json: isJson, yes: isConfirmed } = values;
    if (replacesSecrets && action === 'show') throw new UsageError('Only replace takes --refresh-secrets.');
    const settings = settingsOf(environment, values.core);
    return withSessionTables(values, environment, (tables) => {
      terminal.notify(`Using ${tables.where}`);
      const store = createKeyStore(createDynamoDb(tables.db), tables.names);
      const core = createCore({ store, clock: Date.now, random: systemRandom, config: settings });
      return ACTIONS[action]({ replacesSecrets, isJson, isConfirmed, tables, store, core, terminal });
    });
  };

async function show({ store, isJson, tables, terminal }: Job): Promise<ExitCode> {
  const keys = (await store.publishedKeys.read())?.keys ?? [];
  if (isJson) terminal.print(JSON.stringify({ keys: keys.map(summaryOf) }));
  else if (keys.length === 0) terminal.print(`No key has been published in ${tables.where} yet.`);
  else for (const key of keys) terminal.print(lineOf(key));
  return EXIT.done;
}

const summaryOf = ({ jwk, signsFrom, until }: PublishedKey) => ({ kid: jwk.kid, signsFrom, publishedUntil: until });

function lineOf({ jwk, signsFrom, until }: PublishedKey): string {
  const times = [
    ...(signsFrom === undefined ? [] : [`signs from ${new Date(signsFrom).toISOString()}`]),
    ...(until === undefined ? [] : [`published until ${new Date(until).toISOString()}`]),
  ];
  return [jwk.kid, ...times].join('  ');
}

async function replace({ core, replacesSecrets, isJson, isConfirmed, tables, terminal }: Job): Promise<ExitCode> {
  const what = replacesSecrets ? 'the signing keys and the secrets behind refresh tokens' : 'the signing keys';
  const price = replacesSecrets ? 'every user logs in again' : 'every access token is rejected, and clients refresh';
  if (!isConfirmed && !terminal.isInteractive)
    throw new UsageError('Without a terminal to ask at, replace needs --yes.');
  if (!isConfirmed && !(await confirm(terminal, `Replace ${what} in ${tables.where}? Then ${price}.`))) {
    throw new CommandFailed('Nothing was replaced.');
  }
  const kids = await core.replaceKeys({ refreshSecrets: replacesSecrets });
  if (isJson) terminal.print(JSON.stringify({ kids, replacedRefreshSecrets: replacesSecrets }));
  else terminal.print(`Replaced ${what} in ${tables.where}. New keys: ${kids.join(', ')}`);
  terminal.notify(CACHES);
  return EXIT.done;
}

const CACHES = `Functions that are running keep the old keys for a while: verifying functions for 10 minutes, and session
functions for 30. API Gateway's JWT authorizer keeps them for 2 hours. To restart the functions, run
npm run deploy -- --force --stage <stage>`;
