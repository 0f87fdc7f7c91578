import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { logged, sessionEnvironment, startFunction, verifyEnvironment } from '../fixtures/lambda.ts';
import { logInWith } from '../fixtures/log-in.ts';
import { type RecordingProxy, startRecordingProxy } from '../fixtures/recording-proxy.ts';

type Variables = Readonly<Record<string, string>>;

export let database: TestDatabase;
/** Between the functions and the database. */
export let proxy: RecordingProxy;

/** Gives the suite a database, and a proxy that records what functions ask of it. */
export function useWatchedDatabase(): void {
  beforeAll(async () => {
    database = await startTestDatabase();
    proxy = await startRecordingProxy(database.endpoint);
  });
  afterAll(async () => {
    await proxy?.stop();
    await database?.stop();
  });
  beforeEach(() => {
    proxy.calls.length = 0;
    proxy.isBroken = false;
    logged.length = 0;
  });
}

/** The environment of a session function. @param extra further variables */
export const sessionVariables = (extra: Variables = {}) => ({
  ...sessionEnvironment(proxy.endpoint, database.tables),
  ...extra,
});

export const sessionFunction = <T>(load: () => Promise<T>, extra?: Variables) =>
  startFunction(sessionVariables(extra), load);

export const verifyingFunction = <T>(load: () => Promise<T>, extra: Variables = {}) =>
  startFunction({ ...verifyEnvironment(proxy.endpoint, database.tables), ...extra }, load);

export const logIn = (extra?: Variables) => logInWith(sessionVariables(extra));
