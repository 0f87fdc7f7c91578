import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import type { SessionHandle } from '../../lib/core/types.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { issuedIn } from '../fixtures/cdi-session.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type SeededRandom, seededRandom } from '../fixtures/seeded-random.ts';
import { auditSessions } from '../fixtures/session-audit.ts';
import { createClient, type HonestClient } from './client.ts';
import { type CoreLink, createCoreLink } from './core-link.ts';
import { type Killable, killable } from './killable.ts';
import type { Patience } from './known-session.ts';
import { TABLE_NAMES } from './tables.ts';
import { ROLE } from './user-acts.ts';
import { createUserClient, expectFree, type UserClient } from './user-client.ts';

export interface CrashOptions {
  readonly seed: number;
  /** How many are to be acknowledged. */
  readonly operations: number;
  /** How many are acknowledged between two kills, on average. */
  readonly betweenKills: number;
  /** Hears after each kill how many have been acknowledged. */
  readonly onKill?: (acknowledged: number) => void;
}

export interface CrashReport {
  readonly acknowledged: number;
  readonly coresKilled: number;
  readonly databasesKilled: number;
  /** Attempts without an answer, or with a 503. Each was made again. */
  readonly unanswered: number;
  readonly theftsReported: number;
  /** Signing keys made on the way. */
  readonly keysMade: number;
  /** Sessions of clients that existed at the end without standing in their user's index. */
  readonly unlisted: number;
  /** Rows that were left once every user had revoked everything, {@link orphans} aside. */
  readonly left: number;
  /** Rows that no list has, of creations that were killed: no client has their tokens. */
  readonly orphans: number;
  /** E-mails of no user that requests which were killed may have left taken. A minute later, each was free. */
  readonly looseEmails: number;
}

const CLIENTS = 8;
const USER_CLIENTS = 4;
/** Of one operation: a core that runs and does not answer is broken. */
const MAX_ATTEMPTS = 200;
/** Between two of them, ms. */
const PAUSE = 5;

/**
 * Honest clients use a core on an embedded DynamoDB that keeps its data in a folder; both processes are killed again and
 * again, at random moments, and started again.
 * @throws AssertionError if anything that was acknowledged is not so
 */
export async function runCrash(options: CrashOptions): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'crash-'));
  const port = await freePort();
  // A database that is started again has the same endpoint, as DynamoDB has.
  const accessKeyId = 'crash';
  const endpoint = `http://${accessKeyId}@127.0.0.1:${port}`;
  const database = killable({ file: './database-process.ts', args: [folder, String(port), accessKeyId] });
  const core = createCoreLink(endpoint);
  const random = seededRandom(options.seed);
  const killer = createKiller({ core, database, random });
  const asker = createAsker(core, killer);
  try {
    await database.start();
    await core.start();
    const users = createUserClients(options, asker);
    await asker.patience.ask('PUT', '/recipe/role', { role: ROLE, permissions: [] });
    const clients = [...createClients(options, asker), ...users];
    await workAndKill(options, clients, asker, killer, random);
    const { acknowledged, unanswered } = asker.counts;
    const before = await auditTable(endpoint);
    for (const client of clients) await client.audit();
    const after = await auditTable(endpoint);
    const orphans = after.unlisted.filter((handle) => !asker.created.has(handle));
    const loose = users.flatMap((client) => [...client.loose]);
    await expectFreeLater(endpoint, loose);
    return {
      acknowledged,
      unanswered,
      ...killer.killed,
      theftsReported: core.events.get('TokenTheftDetected') ?? 0,
      keysMade: core.events.get('SigningKeyMade') ?? 0,
      unlisted: before.unlisted.filter((handle) => asker.created.has(handle)).length,
      left: after.rows.length - orphans.length,
      orphans: orphans.length,
      looseEmails: loose.length,
    };
  } finally {
    asker.stop();
    await killer.ready().catch(() => undefined);
    await core.kill();
    await database.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

const createClients = ({ seed }: CrashOptions, { patience }: Asker): readonly HonestClient[] =>
  Array.from({ length: CLIENTS }, (_, index) =>
    createClient(`user-${index}`, patience, seededRandom(seed + 1 + index)),
  );

const createUserClients = ({ seed }: CrashOptions, { patience }: Asker): readonly UserClient[] =>
  Array.from({ length: USER_CLIENTS }, (_, index) =>
    createUserClient(`client-${index}`, patience, seededRandom(seed + 101 + index)),
  );

/** As long as a request that was killed may keep an e-mail, ms. */
const MINUTE = 60_000;

/** Asks a core whose clock is a minute ahead. */
async function expectFreeLater(endpoint: string, emails: readonly string[]): Promise<void> {
  const core = createCoreLink(endpoint, MINUTE);
  try {
    await core.start();
    const ask: Patience['ask'] = async (...question) => ({ answer: (await core.ask(...question)) ?? {}, attempts: 1 });
    await expectFree({ ask }, emails);
  } finally {
    await core.kill();
  }
}

/** Resolves once so many operations are acknowledged and both processes run. */
async function workAndKill(
  { operations, betweenKills, onKill }: CrashOptions,
  clients: readonly HonestClient[],
  { counts }: Asker,
  killer: Killer,
  random: SeededRandom,
): Promise<void> {
  let nextKill = betweenKills;
  const work = async ({ act }: HonestClient): Promise<void> => {
    while (counts.acknowledged < operations) {
      await act();
      if (counts.acknowledged < nextKill || counts.acknowledged >= operations) continue;
      nextKill = counts.acknowledged + random.between(betweenKills / 2, betweenKills * 1.5);
      killer.kill();
      onKill?.(counts.acknowledged);
    }
  };
  await Promise.all(clients.map(work));
  await killer.ready();
}

interface Asker {
  readonly patience: Patience;
  readonly counts: { readonly acknowledged: number; readonly unanswered: number };
  /** The handles of all sessions whose tokens a client has got. */
  readonly created: ReadonlySet<SessionHandle>;
  /** Tells all that wait for an answer that none will come. */
  stop(): void;
}

function createAsker(core: CoreLink, killer: Killer): Asker {
  const counts = { acknowledged: 0, unanswered: 0 };
  const created = new Set<SessionHandle>();
  let isOver = false;
  return {
    counts,
    created,
    patience: {
      async ask(method, path, body) {
        for (let attempts = 1; attempts <= MAX_ATTEMPTS && !isOver; attempts++) {
          const answer = await core.ask(method, path, body);
          if (answer !== undefined) {
            counts.acknowledged++;
            if (path === '/recipe/session' && answer.status === 'OK') created.add(issuedIn(answer).handle);
            return { answer, attempts };
          }
          counts.unanswered++;
          await killer.ready();
          await sleep(PAUSE);
        }
        throw new Error(`${method} ${path} is not answered any more`);
      },
    },
    stop() {
      isOver = true;
    },
  };
}

function auditTable(endpoint: string) {
  const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
  return auditSessions({ endpoint, tables: TABLE_NAMES, store: createDynamoDbStore(db, TABLE_NAMES) });
}

interface Killer {
  /** Kills core, DynamoDB or both, a moment from now, and starts them again. */
  kill(): void;
  /** Resolves once both run. @throws Error if one cannot be started */
  ready(): Promise<void>;
  readonly killed: { readonly coresKilled: number; readonly databasesKilled: number };
}

interface Victims {
  readonly core: CoreLink;
  readonly database: Killable;
  readonly random: SeededRandom;
}

function createKiller({ core, database, random }: Victims): Killer {
  const killed = { coresKilled: 0, databasesKilled: 0 };
  let restarting = Promise.resolve();
  const strike = async (victims: readonly ('core' | 'database')[]): Promise<void> => {
    await sleep(random.between(0, 20));
    await Promise.all(victims.map((victim) => ({ core, database })[victim].kill()));
    if (victims.includes('database')) {
      killed.databasesKilled++;
      await database.start();
    }
    if (victims.includes('core')) {
      killed.coresKilled++;
      await core.start();
    }
  };
  return {
    killed,
    kill() {
      const victims = random.weighted([
        [5, ['core']],
        [3, ['database']],
        [2, ['core', 'database']],
      ] as const);
      restarting = restarting.then(() => strike(victims));
      restarting.catch(() => undefined);
    },
    ready: () => restarting,
  };
}
