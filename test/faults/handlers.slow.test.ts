import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { ManualClock, makeTestCore, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type FaultyProxy, hanging, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import {
  type Answer,
  bodyOf,
  httpApiEvent,
  lambdaContext,
  sessionEnvironment,
  startFunction,
  userEnvironment,
} from '../fixtures/lambda.ts';
import {
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';
import { auditSessions } from '../fixtures/session-audit.ts';
import { CONFIG } from './core-operations.ts';
import { BUDGET, SHARED, SLACK } from './faults.ts';
import {
  AFTER_LOG_IN,
  HANDLER_OPERATIONS,
  type HandlerOperation,
  type HandlerWorld,
  loadFunctions,
  loadUserFunction,
} from './handler-operations.ts';
import { meetAgain } from './meet.ts';

/** What a function keeps of its time to answer: lib/dynamodb/time-budget.ts. */
const ROOM_TO_ANSWER = 500;
const TIME_LEFT = { passing: BUDGET.passing + ROOM_TO_ANSWER, lasting: BUDGET.lasting + ROOM_TO_ANSWER };

/** Longer than the functions keep what they have published. */
const CACHED = 6000;

const realNow = Date.now;
let ahead = 0;
let database: TestDatabase;
let proxy: FaultyProxy;
let issuer: TestIssuer;
let key: IssuerKey;
let functions: HandlerWorld['functions'];

beforeAll(async () => {
  Date.now = () => realNow() + ahead;
  [database, issuer, key] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('ES256')]);
  issuer.keys = [key];
  proxy = await startFaultyProxy(database.endpoint);
  const environment = {
    ...sessionEnvironment(proxy.endpoint, database.tables),
    OIDC_PROVIDERS: `${issuer.issuer}=web`,
  };
  const userSettings = userEnvironment(proxy.endpoint, database.tables);
  functions = {
    ...(await startFunction(environment, loadFunctions)),
    ...(await startFunction(userSettings, loadUserFunction)),
  };
});
afterAll(async () => {
  Date.now = realNow;
  await proxy?.stop();
  await issuer?.stop();
  await database?.stop();
});

const makeWorld = (): HandlerWorld => ({
  functions,
  database,
  healthy: makeTestCore(database.store, CONFIG, new ManualClock(Date.now())),
  makeIdToken: async () => signedBy(key, idTokenClaims(issuer.issuer, 'web', Date.now())),
});

interface Met {
  readonly answer: Answer;
  readonly elapsed: number;
  /** Checks what the request has left behind, and after a failure that its retry succeeds. */
  check(): Promise<void>;
}

/** All operations at once, as they meet in one process. */
async function meetAll(
  begin: (proxy: FaultyProxy) => void,
  timeLeft: number,
  operations = HANDLER_OPERATIONS,
): Promise<Map<HandlerOperation, Met>> {
  ahead += CACHED;
  const world = makeWorld();
  const attempts = await Promise.all(operations.map((operation) => operation.prepare(world)));
  begin(proxy);
  const met = attempts.map(async (attempt): Promise<Met> => {
    const start = performance.now();
    const answer = await attempt.ask(timeLeft);
    const elapsed = performance.now() - start;
    const check = async () => {
      if (answer.statusCode !== 503) await attempt.expectDone(answer, false);
      else await attempt.expectDone(await attempt.ask(TIME_LEFT.passing), true);
    };
    return { answer, elapsed, check };
  });
  const all = await Promise.all(met);
  await proxy.end();
  return new Map(operations.map((operation, index) => [operation, all[index] as Met]));
}

const outcomeOf = (met: ReadonlyMap<HandlerOperation, Met>, operation: HandlerOperation): Met => {
  const outcome = met.get(operation);
  if (outcome === undefined) throw new Error(`${operation.name} met no fault`);
  return outcome;
};

/** The headers by which SuperTokens sets or removes a client's tokens. */
const TOKEN_HEADERS = ['st-access-token', 'st-refresh-token', 'front-token', 'anti-csrf', 'set-cookie'];

function expectTokensLeft({ headers, cookies = [] }: Answer): void {
  expect(cookies).toEqual([]);
  expect(Object.keys(headers).filter((name) => TOKEN_HEADERS.includes(name.toLowerCase()))).toEqual([]);
}

/** Whether it is 503 in time. */
const isRejectedInTime = ({ answer, elapsed }: Met): boolean =>
  answer.statusCode === 503 && elapsed < TIME_LEFT.lasting + SLACK;
const isDone = ({ answer: { statusCode = 500 } }: Met): boolean => statusCode < 300;

describe.each(SHARED)('$name:', ({ fault, fails }) => {
  const timeLeft = fails === 'all' ? TIME_LEFT.lasting : TIME_LEFT.passing;
  const meet = (operations = HANDLER_OPERATIONS) => meetAll((it) => it.begin(fault), timeLeft, operations);
  let met: Map<HandlerOperation, Met>;
  beforeAll(async () => {
    met = await meet();
  });
  /** What an operation met among the others, or if that was not as expected, by itself. */
  const metBy = (operation: HandlerOperation, isExpected: (met: Met) => boolean): Promise<Met> =>
    meetAgain(outcomeOf(met, operation), isExpected, async () => outcomeOf(await meet([operation]), operation));
  const isHit = ({ isReadOnly }: HandlerOperation): boolean => fails === 'all' || !isReadOnly;
  const failing = fails === 'none' ? [] : HANDLER_OPERATIONS.filter(isHit);
  const succeeding = HANDLER_OPERATIONS.filter((operation) => !failing.includes(operation));

  for (const operation of succeeding) {
    test(`${operation.name} succeeds`, async () => {
      const { answer, check } = await metBy(operation, isDone);
      expect(answer.statusCode).toBeLessThan(300);
      await check();
    });
  }

  for (const operation of failing) {
    test(`${operation.name} is 503 in time, leaves tokens in place, and can be tried again`, async () =>
      expectUnavailable(await metBy(operation, isRejectedInTime)));
  }
});

async function expectUnavailable({ answer, elapsed, check }: Met): Promise<void> {
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  expect(bodyOf(answer)).toEqual({
    code: 'service_unavailable',
    message: 'The service is not available right now. Please try again.',
  });
  expectTokensLeft(answer);
  expect(elapsed).toBeLessThan(TIME_LEFT.lasting + SLACK);
  await check();
}

/** Longer than a function keeps any key: its first step is then to read them again. */
const KEYS_KEPT = 31 * 60_000;

describe('no answer at all, and the keys must be read again:', () => {
  const meet = async (operations: readonly HandlerOperation[]) => {
    // Any request waits for what the process reads when it starts.
    await functions.saveNote(httpApiEvent('POST', '/notes'), lambdaContext);
    ahead += KEYS_KEPT;
    return meetAll((it) => it.begin(hanging), TIME_LEFT.lasting, operations);
  };
  let met: Map<HandlerOperation, Met>;
  beforeAll(async () => {
    met = await meet(AFTER_LOG_IN);
  });

  test.each(AFTER_LOG_IN)('$name is 503 in time, leaves tokens in place, and can be tried again', async (operation) => {
    const meetAlone = async () => outcomeOf(await meet([operation]), operation);
    await expectUnavailable(await meetAgain(outcomeOf(met, operation), isRejectedInTime, meetAlone));
  });
});

describe('While DynamoDB does not answer a function that is no route of the service,', () => {
  const API_KEY = 'a-key-of-twenty-characters';
  const context = { ...lambdaContext, getRemainingTimeInMillis: () => TIME_LEFT.lasting };
  const environment = () => sessionEnvironment(proxy.endpoint, database.tables);

  /** How long it takes, ms. */
  const hang = async <T>(work: () => Promise<T>): Promise<{ result: T; elapsed: number }> => {
    proxy.begin(hanging);
    const start = performance.now();
    const result = await work();
    const elapsed = performance.now() - start;
    await proxy.end();
    return { result, elapsed };
  };

  test('the core as a function is 503 in time', async () => {
    const core = await startFunction({ ...environment(), API_KEYS: API_KEY }, () => import('../../handlers/core.ts'));
    const event = httpApiEvent('GET', '/core/recipe/session', { headers: { 'api-key': API_KEY } });
    const query = { ...event, rawQueryString: 'sessionHandle=h' };
    const { result, elapsed } = await hang(() => core.handler(query, context));
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(elapsed).toBeLessThan(TIME_LEFT.lasting + SLACK);
  });

  test('the authorizer fails in time, and rejects no user', async () => {
    const authorizer = await startFunction(environment(), () => import('../../handlers/authorizer.ts'));
    const event = { ...httpApiEvent('GET', '/sessioninfo'), type: 'REQUEST', routeArn: 'arn', identitySource: [] };
    expect(await authorizer.handler(event, lambdaContext)).toEqual({ isAuthorized: false });
    // The published keys are to be read again.
    ahead += 10 * 60_000;
    const { result, elapsed } = await hang(() =>
      authorizer.handler(event, context).catch((error: unknown) => ({ failed: error })),
    );
    expect(result).toMatchObject({ failed: expect.any(Error) });
    expect(elapsed).toBeLessThan(TIME_LEFT.lasting + SLACK);
  });
});

describe('While DynamoDB does not answer a function that has just started, and has little time,', () => {
  const SHORT = 1500;
  const IN_TIME = SHORT + SLACK;
  const context = { ...lambdaContext, getRemainingTimeInMillis: () => SHORT };

  /** Starts and asks a function, and ends the fault before the test looks at its answer. */
  const askStarting = async (load: () => Promise<{ handler: LambdaHandler }>, event: object) => {
    proxy.begin(hanging);
    const { handler } = await startFunction(sessionEnvironment(proxy.endpoint, database.tables), load);
    const start = performance.now();
    const answer = await handler(event, context).catch((error: unknown) => ({ failed: error }));
    const elapsed = performance.now() - start;
    await proxy.end();
    return { answer, elapsed };
  };

  test.each([
    ['a protected route', () => import('../fixtures/handlers/save-note.ts'), '/notes'],
    ['refresh', () => import('../../handlers/auth.ts'), '/auth/session/refresh'],
  ] as const)('%s is 503 in time', async (_, load, path) => {
    const headers = { authorization: 'Bearer refresh.token.V2', 'st-auth-mode': 'header' };
    const { answer, elapsed } = await askStarting(load, httpApiEvent('POST', path, { headers }));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(elapsed).toBeLessThan(IN_TIME);
  });

  test('the authorizer fails in time', async () => {
    const event = { ...httpApiEvent('GET', '/sessioninfo'), type: 'REQUEST', routeArn: 'arn', identitySource: [] };
    const { answer, elapsed } = await askStarting(() => import('../../handlers/authorizer.ts'), event);
    expect(answer).toMatchObject({ failed: expect.any(Error) });
    expect(elapsed).toBeLessThan(IN_TIME);
  });
});

test('after all of it every session there is stands in the index of its user', async () => {
  const { rows, unlisted } = await auditSessions(database);
  expect(rows.length).toBeGreaterThan(100);
  expect(unlisted).toEqual([]);
});
