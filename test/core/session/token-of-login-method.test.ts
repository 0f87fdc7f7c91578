import { randomUUID } from 'node:crypto';
import type { CoreConfig } from '../../../lib/core/index.ts';
import { freshTokenParts, sealRefreshToken } from '../../../lib/core/session/rules/refresh-token.ts';
import type { RefreshToken, SessionHandle, UserId } from '../../../lib/core/types.ts';
import {
  claimsOf,
  createSession,
  hash2,
  IN_PROCESS,
  OVER_HTTP,
  refresh,
  refreshed,
} from '../../fixtures/cdi-session.ts';
import { startTestDatabase, systemRandom, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { expectOk, link, makePrimary, passwordUser, providerUser } from '../../fixtures/linking.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** A session's refresh token as an official core makes it: it names the login method as it was at log-in. */
async function officialToken(handle: SessionHandle, atLogIn: string): Promise<RefreshToken> {
  const { refreshTokenSecret = '' } = (await database.store.keyring.read()) ?? {};
  const { nonce, iv } = freshTokenParts(systemRandom);
  const content = { sessionHandle: handle, parent: undefined, nonce, antiCsrfToken: undefined };
  const token = sealRefreshToken({ ...content, userId: atLogIn as UserId }, iv, refreshTokenSecret);
  const key = { pk: `session#${handle}`, sk: 'session' };
  const current = Buffer.from(hash2(token), 'hex').toString('base64url');
  await database.db.update(database.tables.sessions, key, { set: { current } });
  return token;
}

async function mapped(core: TestCore, superTokensUserId: string): Promise<string> {
  const externalUserId = `external-${randomUUID()}`;
  await expectOk(core.ask('/recipe/userid/map', { superTokensUserId, externalUserId }));
  return externalUserId;
}

const RULES: readonly [string, Partial<CoreConfig>, string][] = [
  ['in process', IN_PROCESS, '5.4'],
  ['over HTTP, CDI 5.4', OVER_HTTP, '5.4'],
  ['over HTTP, CDI 5.6', OVER_HTTP, '5.6'],
];

describe.each(RULES)('a refresh token from an official core, %s', (_where, rules, version) => {
  test('that names a linked login method refreshes the session of the primary user', async () => {
    const core = makeUserCore(database, { rules });
    const [primary, method] = [await passwordUser(core), await providerUser(core)];
    await expectOk(makePrimary(core, primary));
    await expectOk(link(core, method, primary));
    const { handle } = await createSession(core, { userId: method });
    const token = await officialToken(handle, method);
    const first = await refreshed(core, token, { version });
    expect(claimsOf(first.accessToken)).toMatchObject({ sub: primary, rsub: method });
    const second = await refreshed(core, first.refreshToken, { version });
    expect(claimsOf(second.accessToken)).toMatchObject({ sub: primary, rsub: method });
  });

  test('that names the own id of a user who was mapped after the log-in refreshes the session', async () => {
    const core = makeUserCore(database, { rules });
    const user = await passwordUser(core);
    const externalId = await mapped(core, user);
    const { handle } = await createSession(core, { userId: externalId });
    const { accessToken } = await refreshed(core, await officialToken(handle, user), { version });
    expect(claimsOf(accessToken)).toMatchObject({ sub: externalId, rsub: externalId });
  });

  test('that names another user refreshes nothing, and ends nothing', async () => {
    const core = makeUserCore(database, { rules });
    const [victim, eve] = [await passwordUser(core), await passwordUser(core)];
    const { handle } = await createSession(core, { userId: victim });
    for (const userId of [eve, 'of-no-user']) {
      const answer = await refresh(core, await officialToken(handle, userId), { version });
      expect(answer).toMatchObject({ status: 'UNAUTHORISED' });
      expect(await database.store.sessions.get(handle)).toBeDefined();
    }
  });
});
