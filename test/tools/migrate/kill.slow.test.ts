import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { JsonObject, SessionHandle, UserId } from '../../../lib/core/types.ts';
import { LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import type { Terminal } from '../../../lib/tools/command-line.ts';
import { type OfficialDatabase, openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import { openJob } from '../../../lib/tools/migrate/open-job.ts';
import { exportSessions } from '../../../lib/tools/migrate/sessions/export.ts';
import { importSessions } from '../../../lib/tools/migrate/sessions/import.ts';
import { fingerprintOf, isRefusal, type Session } from '../../../lib/tools/migrate/sessions/session.ts';
import type { SessionDatabase } from '../../../lib/tools/migrate/sessions/session-database.ts';
import { createBulk } from '../../../lib/tools/operator/bulk.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { someChange, someHash, someRow } from '../../fixtures/session-row.ts';
import {
  describeMigrating,
  empty,
  fillWithKeys,
  makeStage,
  revokeThere,
  rotateThere,
  type Stage,
} from './installation.ts';
import { Killed, MortalProcess } from './killed-pass.ts';

type Direction = 'import' | 'export';

let database: PostgresDatabase;
let official: OfficialDatabase;
let stage: Stage;

/** One of the two sides, and how its core changes a session. */
interface Side {
  read(handle: SessionHandle): Promise<Session | undefined>;
  create(session: Session): Promise<unknown>;
  setClaims(handle: SessionHandle, claims: JsonObject): Promise<unknown>;
  rotate(handle: SessionHandle): Promise<unknown>;
  revoke(handle: SessionHandle): Promise<unknown>;
}

const readFrom = async (sessions: SessionDatabase<unknown>, handle: SessionHandle) => {
  const session = (await sessions.read([handle])).get(handle)?.session;
  if (session !== undefined && isRefusal(session)) throw new Error(session.reason);
  return session;
};

const there: Side = {
  read: (handle) => readFrom(official.sessions, handle),
  create: (session) => official.sessions.write([{ session, replaces: undefined }]),
  setClaims: (handle, claims) =>
    database.client.query('UPDATE session_info SET jwt_user_payload = $2 WHERE session_handle = $1', [
      handle,
      JSON.stringify(claims),
    ]),
  rotate: (handle) => rotateThere(database, handle, someHash(), stage.clock.now()),
  revoke: (handle) => revokeThere(database, handle),
};

const here: Side = {
  read: async (handle) => readFrom((await job()).ours, handle),
  create: async (session) => (await job()).ours.write([{ session, replaces: undefined }]),
  setClaims: (handle, claims) => stage.store.sessions.setPayload(handle, claims, stage.clock.now()),
  async rotate(handle) {
    const row = await stage.store.sessions.get(handle);
    const expiry = stage.clock.now() + DEFAULT_CORE_CONFIG.refreshTokenValidity;
    return row && stage.store.sessions.rotate(row, someChange(row, { expiry }), stage.clock.now());
  },
  revoke: (handle) => stage.store.sessions.delete(handle, stage.clock.now()),
};

/** What the passes have listed as not moved, by their handles. */
const listed = new Set<string>();
const terminal: Terminal = {
  isInteractive: false,
  print: (text) => void listed.add(/^Not moved: ([^:]+)/.exec(text)?.[1] ?? ''),
  notify: () => undefined,
  ask: () => Promise.reject(new Error('The command asked')),
  askSecret: () => Promise.reject(new Error('The command asked')),
  close: () => undefined,
};

const job = (mortal = new MortalProcess()) =>
  openJob({
    official: mortal.official(official),
    db: mortal.dynamoDb(stage.db),
    bulk: mortal.bulk(createBulk({ endpoint: stage.endpoint, region: LOCAL_REGION })),
    names: stage.names,
    settings: DEFAULT_CORE_CONFIG,
    clock: stage.clock.now,
    isDryRun: false,
    terminal,
    output: { write: () => true },
  });

async function pass(direction: Direction, mortal?: MortalProcess): Promise<void> {
  listed.clear();
  const moving = await job(mortal);
  await (direction === 'import' ? importSessions(moving, undefined) : exportSessions(moving));
}

const DIRECTIONS: Readonly<Record<Direction, { source: Side; target: Side; back: Direction }>> = {
  import: { source: there, target: here, back: 'export' },
  export: { source: here, target: there, back: 'import' },
};

const someSession = (): Session => {
  const times = { createdAt: stage.clock.now(), expiry: stage.clock.now() + DEFAULT_CORE_CONFIG.refreshTokenValidity };
  const { retired: _retired, listedUntil: _listedUntil, ...session } = someRow({ userId: 'user' as UserId, ...times });
  return session;
};

/** What the killed pass is to do with every session. */
const WORK: Readonly<Record<string, ((source: Side, handle: SessionHandle) => Promise<unknown>) | undefined>> = {
  'creates sessions': undefined,
  'gives sessions other claims': (source, handle) => source.setClaims(handle, { role: 'editor' }),
  'rotates sessions': (source, handle) => source.rotate(handle),
  'revokes sessions': (source, handle) => source.revoke(handle),
};

type Change = 'nothing' | 'claims' | 'rotation' | 'revocation';

/** What happens to a session between the killed pass and the next one: each session has an event of its own. */
const EVENTS: readonly { readonly side: 'source' | 'target'; readonly change: Change }[] = [
  { side: 'source', change: 'nothing' },
  { side: 'source', change: 'claims' },
  { side: 'source', change: 'rotation' },
  { side: 'source', change: 'revocation' },
  { side: 'target', change: 'claims' },
  { side: 'target', change: 'rotation' },
  { side: 'target', change: 'revocation' },
];

const apply: Readonly<Record<Change, (side: Side, handle: SessionHandle) => Promise<unknown>>> = {
  nothing: async () => undefined,
  claims: (side, handle) => side.setClaims(handle, { role: 'admin' }),
  rotation: (side, handle) => side.rotate(handle),
  revocation: (side, handle) => side.revoke(handle),
};

interface Before {
  readonly source: Session | undefined;
  readonly target: Session | undefined;
}

const isEqual = (one: Session | undefined, other: Session | undefined): boolean =>
  (one && fingerprintOf(one)) === (other && fingerprintOf(other));

/** What the target must have after the next pass; `reported` if both states stay, and the pass has to say so. */
function expectedOf(before: Before, after: Before): Session | undefined | 'reported' {
  const { source, target } = after;
  const isRevoked = source === undefined || (before.target !== undefined && target === undefined);
  if (isRevoked) return undefined;
  if (target === undefined) return source;
  const sourceIsKnownThere = isEqual(before.target, source);
  const targetIsUnchanged = isEqual(before.target, target);
  if (targetIsUnchanged) return source;
  if (sourceIsKnownThere || target.expiry > source.expiry) return target;
  return source.expiry > target.expiry ? source : 'reported';
}

describeMigrating('a pass that is killed at any of its writes', (servers) => {
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    official = await openOfficialDatabase(database.address);
  });
  afterAll(() => official.close());

  /** Makes a session of the source for each event, and one more, so that no side is empty. */
  async function begin(source: Side) {
    await Promise.all([empty(database), makeStage(servers().dynamoDb.endpoint).then((made) => (stage = made))]);
    await fillWithKeys(database);
    const sessions = [...EVENTS, undefined].map((event) => ({ event, session: someSession() }));
    for (const { session } of sessions) await source.create(session);
    return sessions;
  }

  /** @returns whether the kill came before the pass had ended */
  async function killedPass(direction: Direction, write: number): Promise<boolean> {
    const mortal = new MortalProcess(write);
    await pass(direction, mortal).catch((error) => {
      if (!(error instanceof Killed)) throw error;
    });
    return mortal.isDead;
  }

  /** @returns whether the kill came before the pass had ended */
  async function runKilled(direction: Direction, work: string, write: number): Promise<boolean> {
    const { source, target, back } = DIRECTIONS[direction];
    const sessions = await begin(source);
    const prepare = WORK[work];
    if (prepare !== undefined) {
      await pass(direction);
      stage.clock.advance(1000);
      for (const { event, session } of sessions) if (event !== undefined) await prepare(source, session.handle);
    }
    if (!(await killedPass(direction, write))) return false;

    stage.clock.advance(1000);
    const states = async (handle: SessionHandle): Promise<Before> => ({
      source: await source.read(handle),
      target: await target.read(handle),
    });
    const expectations: { handle: SessionHandle; what: string; expected: ReturnType<typeof expectedOf> }[] = [];
    for (const { event, session } of sessions) {
      const { handle } = session;
      if (event === undefined) continue;
      const before = await states(handle);
      const side = event.side === 'source' ? source : target;
      if (before[event.side] !== undefined) await apply[event.change](side, handle);
      const what = `${event.change} of the ${event.side}, killed before write ${write}`;
      expectations.push({ handle, what, expected: expectedOf(before, await states(handle)) });
    }

    await pass(direction);
    const isReported = new Set(listed);
    for (const { handle, what, expected } of expectations) {
      const { source: ofSource, target: ofTarget } = await states(handle);
      if (expected === 'reported' || (isReported.has(handle) && ofSource && ofTarget)) {
        expect({ what, isReported: isReported.has(handle) }).toEqual({ what, isReported: true });
      } else expect({ what, target: ofTarget }).toEqual({ what, target: expected });
    }

    await pass(back);
    for (const { handle, what } of expectations) {
      if (isReported.has(handle)) continue;
      const { source: ofSource, target: ofTarget } = await states(handle);
      expect({ what, source: ofSource }).toEqual({ what, source: ofTarget });
    }
    return true;
  }

  const CASES = (['import', 'export'] as const).flatMap((direction) =>
    Object.keys(WORK).map((work) => [direction, work] as const),
  );

  test.each(CASES)(
    '%s that %s: the next pass finishes it, and the pass back undoes nothing',
    async (direction, work) => {
      let writes = 0;
      while (await runKilled(direction, work, writes + 1)) writes++;
      expect(writes).toBeGreaterThan(2);
    },
    300_000,
  );

  test.each(['import', 'export'] as const)(
    '%s that creates sessions: the pass back revokes nothing because it never came',
    async (direction) => {
      const { source, target, back } = DIRECTIONS[direction];
      for (let write = 1; ; write++) {
        const sessions = await begin(source);
        if (!(await killedPass(direction, write))) break;
        // Without a session of its own, the pass back would take the side for emptied.
        await target.create(someSession());
        await pass(back);
        for (const { session } of sessions) expect(await source.read(session.handle)).toEqual(session);
      }
    },
    300_000,
  );
});
