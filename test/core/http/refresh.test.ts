import { createSession, type Issued, infoOf, refresh, refreshed, revoke, verify } from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

// Refresh over HTTP, where the version decides by which rules.

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  core = makeTestCore(database.store);
});

const OLD = { version: '5.4' };
const NEW = { version: '5.6' };
const VALIDITY = 144_000 * 60_000;

const expiryOf = async ({ handle }: Issued): Promise<unknown> => (await infoOf(core, handle)).expiry;

describe('Up to CDI 5.5', () => {
  test('nothing is written until the child is used, so a lost answer can be asked for again at any time', async () => {
    const created = await createSession(core, OLD);
    const expiry = await expiryOf(created);
    core.clock.advance(3_600_000);
    await refreshed(core, created.refreshToken, OLD);
    core.clock.advance(3_600_000);
    const { refreshExpiry } = await refreshed(core, created.refreshToken, OLD);
    expect(await expiryOf(created)).toBe(expiry);
    // Counted from now on for the client, though the session is not renewed.
    expect(refreshExpiry).toBe(core.clock.now() + VALIDITY);
  });

  test('the first use of the child renews the session', async () => {
    const created = await createSession(core, OLD);
    const child = await refreshed(core, created.refreshToken, OLD);
    core.clock.advance(3_600_000);
    await refreshed(core, child.refreshToken, OLD);
    expect(await expiryOf(created)).toBe(core.clock.now() + VALIDITY);
  });

  test('theft is reported, and the session is left for the caller to revoke', async () => {
    const created = await createSession(core, OLD);
    const child = await refreshed(core, created.refreshToken, OLD);
    await verify(core, child.accessToken, OLD);
    const stolen = await refresh(core, created.refreshToken, OLD);
    expect(stolen).toMatchObject({ status: 'TOKEN_THEFT_DETECTED', session: { handle: created.handle } });
    expect(stolen).not.toHaveProperty('recentTokenReuseSubtype');
    expect((await infoOf(core, created.handle)).status).toBe('OK');
  });
});

describe('From CDI 5.6 on', () => {
  test('a refresh renews the session, and another branch within the grace window does not', async () => {
    const created = await createSession(core, NEW);
    core.clock.advance(3_600_000);
    await refreshed(core, created.refreshToken, NEW);
    const renewed = core.clock.now() + VALIDITY;
    expect(await expiryOf(created)).toBe(renewed);
    core.clock.advance(30_000);
    const branch = await refreshed(core, created.refreshToken, NEW);
    // Counted from now on for the client, though the session is not renewed.
    expect(branch.refreshExpiry).toBe(core.clock.now() + VALIDITY);
    expect(await expiryOf(created)).toBe(renewed);
  });

  test('the grace window is not renewed by another branch', async () => {
    const created = await createSession(core, NEW);
    await refreshed(core, created.refreshToken, NEW);
    core.clock.advance(30_000);
    await refreshed(core, created.refreshToken, NEW);
    core.clock.advance(1);
    expect(await refresh(core, created.refreshToken, NEW)).toMatchObject({
      status: 'TOKEN_THEFT_DETECTED',
      recentTokenReuseSubtype: 'RECENT_PREV',
    });
    expect((await infoOf(core, created.handle)).status).toBe('UNAUTHORISED');
  });
});

describe('A session continues under another version', () => {
  test('a child of the older rules, not used yet, is rotated by the newer ones', async () => {
    const created = await createSession(core, OLD);
    const child = await refreshed(core, created.refreshToken, OLD);
    const next = await refreshed(core, child.refreshToken, NEW);
    expect((await refresh(core, next.refreshToken, NEW)).status).toBe('OK');
  });

  test('what the older rules replaced has the grace window of the newer ones', async () => {
    const created = await createSession(core, OLD);
    const child = await refreshed(core, created.refreshToken, OLD);
    await verify(core, child.accessToken, OLD);
    core.clock.advance(30_000);
    expect((await refresh(core, created.refreshToken, NEW)).status).toBe('OK');
    core.clock.advance(1);
    expect(await refresh(core, created.refreshToken, NEW)).toMatchObject({ recentTokenReuseSubtype: 'RECENT_PREV' });
  });

  test('what the newer rules issued has children by the older ones', async () => {
    const created = await createSession(core, NEW);
    const rotated = await refreshed(core, created.refreshToken, NEW);
    const child = await refreshed(core, rotated.refreshToken, OLD);
    expect(await verify(core, child.accessToken, OLD)).toHaveProperty('accessToken');
    expect((await refresh(core, rotated.refreshToken, OLD)).status).toBe('TOKEN_THEFT_DETECTED');
  });

  test.each([OLD, NEW])('and ends under any: %j', async (options) => {
    const created = await createSession(core, options);
    await revoke(core, created.handle);
    for (const other of [OLD, NEW]) {
      expect(await refresh(core, created.refreshToken, other)).toEqual({
        status: 'UNAUTHORISED',
        message: 'Session missing in db or has expired',
      });
    }
  });
});
