import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { SessionRow } from '../../../lib/core/session/rules/row.ts';
import type { CoreEvent, SessionHandle } from '../../../lib/core/types.ts';
import type { Item } from '../../../lib/dynamodb/client.ts';
import { IN_PROCESS } from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

export const G = DEFAULT_CORE_CONFIG.gracePeriod;
export const VALIDITY = DEFAULT_CORE_CONFIG.refreshTokenValidity;

export let database: TestDatabase;

export const makeCore = (config: Partial<CoreConfig> = {}): TestCore =>
  makeTestCore(database.store, { ...IN_PROCESS, ...config });

export async function rowOf(handle: SessionHandle): Promise<SessionRow> {
  const row = await database.store.sessions.get(handle);
  if (row === undefined) throw new Error(`No row of ${handle}`);
  return row;
}

/** The secrets behind the refresh tokens. */
export async function secrets() {
  const keyring = await database.store.keyring.read();
  if (keyring === undefined) throw new Error('There is no keyring');
  return {
    refreshTokenSecret: keyring.refreshTokenSecret,
    successorSecret: Buffer.from(keyring.successorSecret, 'base64url'),
  };
}

export async function itemOf(handle: SessionHandle): Promise<Item> {
  const item = await database.db.get(database.tables.sessions, { pk: `session#${handle}`, sk: 'session' });
  if (item === undefined) throw new Error(`No item of ${handle}`);
  return item;
}

/** As DynamoDB counts: UTF-8 bytes of names and of text, about half a byte a digit of a number, one for a flag. */
export const sizeOf = (item: Item): number =>
  Object.entries(item)
    .map(([name, value]) => Buffer.byteLength(name) + (typeof value === 'boolean' ? 1 : Buffer.byteLength(`${value}`)))
    .reduce((sum, size) => sum + size, 0);

export const graceReuses = (events: readonly CoreEvent[]) =>
  events.filter(({ event }) => event === 'RefreshGraceReuse');
export const thefts = (events: readonly CoreEvent[]) => events.filter(({ event }) => event === 'TokenTheftDetected');

export async function operationsOf(work: () => Promise<unknown>): Promise<string[]> {
  database.consumed.length = 0;
  await work();
  return database.consumed.map(({ operation }) => operation);
}

/** Gives the suite a database of its own. */
export function useRotationDatabase(): void {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());
}
