import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { Keyring, PublishedKeys, SigningKey } from '../../../lib/core/keys/stored-keys.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import { createSession, IN_PROCESS, kidOf } from '../../fixtures/cdi-session.ts';
import {
  connectTestDatabase,
  type ManualClock,
  makeTestCore,
  startTestDatabase,
  type TestAnswer,
  type TestCore,
  type TestDatabase,
} from '../../fixtures/core.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const INTERVAL = DEFAULT_CORE_CONFIG.signingKeyInterval;
export const LIFETIME = DEFAULT_CORE_CONFIG.accessTokenValidity;
export const LEAD = 2 * HOUR + 10 * MINUTE;

let server: TestDatabase;

/** With empty tables. */
export let database: Omit<TestDatabase, 'stop'>;

export const makeCore = (
  config: Partial<CoreConfig> = {},
  store: Store = database.store,
  clock?: ManualClock,
): TestCore => makeTestCore(store, { ...IN_PROCESS, staticKey: 'from-start', ...config }, clock);

export async function keyring(): Promise<Keyring> {
  const stored = await database.store.keyring.read();
  if (stored === undefined) throw new Error('There is no keyring');
  return stored;
}

/** All keys, the static one last. */
export const everyKey = async (): Promise<SigningKey[]> => {
  const { dynamicKeys, staticKey } = await keyring();
  return [...dynamicKeys, ...(staticKey === undefined ? [] : [staticKey])];
};

export const jwksOf = (core: TestCore): Promise<TestAnswer> => core.ask('/.well-known/jwks.json');

export const kidsIn = ({ json }: TestAnswer): string[] => (json.keys as { kid: string }[]).map(({ kid }) => kid);

export const maxAgeIn = ({ headers }: TestAnswer): number =>
  Number(/^max-age=(\d+), must-revalidate$/.exec(headers['cache-control'] ?? '')?.[1]);

export const dynamicKids = async (): Promise<string[]> => (await keyring()).dynamicKeys.map(({ kid }) => kid);

/** The key that a session created now is signed with. */
export const signingKid = async (core: TestCore): Promise<string> => kidOf((await createSession(core)).accessToken);

/** The store, with one method of its keys replaced. */
export const withKeys = (changes: {
  readonly keyring?: Partial<Store['keyring']>;
  readonly publishedKeys?: Partial<Store['publishedKeys']>;
}): Store => ({
  ...database.store,
  keyring: { ...database.store.keyring, ...changes.keyring },
  publishedKeys: { ...database.store.publishedKeys, ...changes.publishedKeys },
});

/** Made once, for it takes a while; each test gets them in tables of its own. */
let firstKeys: { readonly keyring: Keyring; readonly published: PublishedKeys } | undefined;

export async function writeFirstKeys(): Promise<void> {
  if (firstKeys === undefined) {
    await jwksOf(makeCore());
    const published = await database.store.publishedKeys.read();
    if (published !== undefined) firstKeys = { keyring: await keyring(), published };
    return;
  }
  await database.store.keyring.write(firstKeys.keyring);
  await database.store.publishedKeys.write(firstKeys.published);
}

/** A core with its first keys; it is taken to where the next one is due. */
export async function dueCore(config: Partial<CoreConfig> = {}): Promise<{ core: TestCore; oldKid: string }> {
  const core = makeCore(config);
  const oldKid = await signingKid(core);
  core.clock.advance(INTERVAL - LEAD);
  return { core, oldKid };
}

/** Gives each test tables of its own. */
export function useKeyTables(): void {
  beforeAll(async () => {
    server = await startTestDatabase();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await connectTestDatabase(server.endpoint);
  });
}
