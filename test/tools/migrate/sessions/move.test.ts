import { LOCAL_REGION, startEmbeddedDynamoDb } from '../../../../lib/dev/dynamodb.ts';
import { DynamoDbError } from '../../../../lib/dynamodb/errors.ts';
import { createAgreements } from '../../../../lib/tools/migrate/sessions/agreements.ts';
import { createDynamoDbSessions, type ItemVersion } from '../../../../lib/tools/migrate/sessions/dynamodb-sessions.ts';
import { emptyTally, followChanges, type Move, movePage } from '../../../../lib/tools/migrate/sessions/move.ts';
import type { Session } from '../../../../lib/tools/migrate/sessions/session.ts';
import type { SessionDatabase, StoredSession } from '../../../../lib/tools/migrate/sessions/session-database.ts';
import { createBulk } from '../../../../lib/tools/operator/bulk.ts';
import { DAY, someHash, someRow } from '../../../fixtures/session-row.ts';
import { makeStage, type Stage } from '../installation.ts';

let dynamoDb: Awaited<ReturnType<typeof startEmbeddedDynamoDb>>;
let stage: Stage;
beforeAll(async () => {
  dynamoDb = await startEmbeddedDynamoDb();
  stage = await makeStage(dynamoDb.endpoint);
});
afterAll(() => dynamoDb.stop());

const someSession = (members: Partial<Session> = {}): Session => {
  const { retired: _retired, listedUntil: _listedUntil, ...session } = someRow();
  return { ...session, ...members };
};

const bulk = () => createBulk({ endpoint: dynamoDb.endpoint, region: LOCAL_REGION });
const dynamoDbSessions = () =>
  createDynamoDbSessions({
    db: stage.db,
    bulk: bulk(),
    sessions: stage.store.sessions,
    table: stage.names.sessions,
    clock: stage.clock.now,
    refreshTokenValidity: 100 * DAY,
  });

describe('a session that is moved', () => {
  /** Moves one session to a target that is ours but for some methods. */
  async function moved(
    session: Session,
    differing: (ours: ReturnType<typeof dynamoDbSessions>) => Partial<typeof ours>,
  ) {
    const ours = dynamoDbSessions();
    const tally = emptyTally();
    const move = {
      source: {} as SessionDatabase<never>,
      target: { ...ours, ...differing(ours) },
      agreements: createAgreements(stage.db, bulk(), stage.names.sessions, 'an installation'),
      clock: stage.clock.now,
      isDryRun: false,
      tally,
      refusedHandles: new Set<string>(),
      onRefused: () => undefined,
    };
    await movePage(move, { sessions: [session], refused: [] });
    return { tally, found: (await ours.read([session.handle])).get(session.handle)?.session };
  }

  test('is decided upon again if it changes between reading and writing', async () => {
    const session = someSession();
    const newest = { ...session, current: someHash(), expiry: session.expiry + DAY };
    let reads = 0;
    const { tally, found } = await moved(session, (ours) => ({
      async read(handles) {
        const before = await ours.read(handles);
        // Another import has just written a later state of it.
        if (reads++ === 0) await ours.write([{ session: newest, replaces: undefined }]);
        return before;
      },
    }));
    expect(tally).toEqual({ ...emptyTally(), keep: 1 });
    expect(found).toEqual(newest);
  });

  test('is moved in the end though DynamoDB was away', async () => {
    const session = someSession();
    let attempts = 0;
    const { tally, found } = await moved(session, (ours) => ({
      write(changes, announce) {
        if (attempts++ < 2) throw new DynamoDbError('Unavailable', 'PutItem', 'throttled');
        return ours.write(changes, announce);
      },
    }));
    expect(tally).toEqual({ ...emptyTally(), create: 1 });
    expect(found).toEqual(session);
  });

  test('is not, if DynamoDB rejects it', async () => {
    const refusal = new DynamoDbError('Refused', 'PutItem', 'no permission');
    await expect(moved(someSession(), () => ({ write: () => Promise.reject(refusal) }))).rejects.toBe(refusal);
  });
});

describe('a session that was written when the move was killed, before it was noted', () => {
  let session: Session;
  let here: Map<string, Session>;
  beforeEach(async () => {
    session = someSession();
    here = new Map([[session.handle, session]]);
    stage = await makeStage(dynamoDb.endpoint);
    const killed = new Error('Killed');
    const ours = dynamoDbSessions();
    const write: typeof ours.write = async (changes, announce) => {
      await ours.write(changes, announce);
      throw killed;
    };
    await expect(movePage(moveTo({ ...ours, write }), { sessions: [session], refused: [] })).rejects.toBe(killed);
    expect(await found()).toEqual(session);
  });

  const found = async () => (await dynamoDbSessions().read([session.handle])).get(session.handle)?.session;

  function moveTo(target: ReturnType<typeof dynamoDbSessions>): Move<string, ItemVersion> {
    const source: Pick<SessionDatabase<string>, 'read'> = {
      async read(handles) {
        const rows = handles.flatMap((handle) => here.get(handle) ?? []);
        return new Map(
          rows.map((row): [typeof row.handle, StoredSession<string>] => [row.handle, { session: row, version: '' }]),
        );
      },
    };
    return {
      source: source as SessionDatabase<string>,
      target,
      agreements: createAgreements(stage.db, bulk(), stage.names.sessions, 'an installation'),
      clock: stage.clock.now,
      isDryRun: false,
      tally: emptyTally(),
      refusedHandles: new Set(),
      onRefused: () => undefined,
    };
  }

  /** The next pass, which begins with what is left in the source. */
  async function goOn() {
    const move = moveTo(dynamoDbSessions());
    await movePage(move, { sessions: [...here.values()], refused: [] });
    await followChanges(
      move,
      () => true,
      () => undefined,
    );
    return move.tally;
  }

  test('is revoked if it was revoked in the source since', async () => {
    here.clear();
    expect(await goOn()).toEqual({ ...emptyTally(), removed: 1 });
    expect(await found()).toBeUndefined();
  });

  test('is noted then, and not brought back once it is revoked in the target', async () => {
    expect(await goOn()).toEqual({ ...emptyTally(), same: 1 });
    await dynamoDbSessions().remove([session.handle]);
    expect(await goOn()).toEqual({ ...emptyTally(), revoked: 1 });
    expect(await found()).toBeUndefined();
  });

  test('is not brought back either if the target has rotated it meanwhile', async () => {
    const rotated = { ...session, current: someHash(), expiry: session.expiry + DAY };
    const stored = (await dynamoDbSessions().read([session.handle])).get(session.handle);
    await dynamoDbSessions().write([{ session: rotated, replaces: stored?.version }]);
    expect(await goOn()).toEqual({ ...emptyTally(), keep: 1 });
    await dynamoDbSessions().remove([session.handle]);
    expect(await goOn()).toEqual({ ...emptyTally(), revoked: 1 });
    expect(await found()).toBeUndefined();
  });

  test('is not brought back if the target has revoked it before the next pass', async () => {
    await dynamoDbSessions().remove([session.handle]);
    expect(await goOn()).toEqual({ ...emptyTally(), revoked: 1 });
    expect(await goOn()).toEqual({ ...emptyTally(), revoked: 1 });
    expect(await found()).toBeUndefined();
  });

  test('gets the claims that the source has given it since', async () => {
    const changed = { ...session, payload: { role: 'admin' } };
    here.set(session.handle, changed);
    expect(await goOn()).toEqual({ ...emptyTally(), replace: 1 });
    expect(await found()).toEqual(changed);
  });

  test('keeps the claims that the target has given it since', async () => {
    await stage.store.sessions.setPayload(session.handle, { role: 'guest' }, stage.clock.now());
    expect(await goOn()).toEqual({ ...emptyTally(), keep: 1 });
    expect(await found()).toMatchObject({ payload: { role: 'guest' } });
  });

  test('is listed if both sides have given it other claims since, and is left alone', async () => {
    here.set(session.handle, { ...session, payload: { role: 'admin' } });
    await stage.store.sessions.setPayload(session.handle, { role: 'guest' }, stage.clock.now());
    expect(await goOn()).toMatchObject({ refused: 1, replace: 0 });
    expect(await found()).toMatchObject({ payload: { role: 'guest' } });
  });
});
