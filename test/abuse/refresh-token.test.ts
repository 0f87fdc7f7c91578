import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { createSession, type Issued, infoOf, refresh, refreshed, verify } from '../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { openIndependently, sealIndependently } from '../fixtures/independent-token.ts';
import { invoke } from '../fixtures/lambda.ts';
import { type AttackedService, startService, type Tokens } from './service.ts';

let database: TestDatabase;
let core: TestCore;
let mine: Issued;
let others: Issued;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeTestCore(database.store);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  mine = await createSession(core, { enableAntiCsrf: true });
  others = await createSession(core, { userId: 'mallory' });
});

/** In two phases, in two phases with today's SDK, and at refresh. */
const VERSIONS = ['3.1', '5.4', '5.6'] as const;

/** A token that is refused is no token: it is not reuse, harms no session, and the good one stays good. */
async function expectRefused(tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    for (const version of VERSIONS) {
      const answer = await refresh(core, token, { version });
      expect([token, answer]).toEqual([token, { status: 'UNAUTHORISED', message: 'Invalid refresh token' }]);
    }
  }
  for (const { handle } of [mine, others]) expect(await infoOf(core, handle)).toMatchObject({ status: 'OK' });
  expect(core.events.map(({ event }) => event)).not.toContain('TokenTheftDetected');
  expect((await refreshed(core, mine.refreshToken, { version: '5.6' })).handle).toBe(mine.handle);
}

const partsOf = (token: string) => token.split('.') as [sealed: string, nonce: string, version: string];

test('refresh-token tampering: each part missing, doubled or empty', async () => {
  const [sealed, nonce, version] = partsOf(mine.refreshToken);
  await expectRefused([
    ...[`${nonce}.${version}`, `${sealed}.${version}`, `${sealed}.${nonce}`, sealed, nonce, version],
    ...[`.${nonce}.${version}`, `${sealed}..${version}`, `${sealed}.${nonce}.`, '..', ''],
    ...[`${mine.refreshToken}.${version}`, `${sealed}.${mine.refreshToken}`, mine.refreshToken.repeat(2)],
    ...[`${nonce}.${sealed}.${version}`, `${version}.${nonce}.${sealed}`],
  ]);
});

test("refresh-token tampering: another session's parts", async () => {
  const [sealed, nonce, version] = partsOf(mine.refreshToken);
  const [othersSealed, othersNonce] = partsOf(others.refreshToken);
  const bytes = Buffer.from(sealed, 'base64');
  const othersBytes = Buffer.from(othersSealed, 'base64');
  // iv (12), ciphertext, tag (16): each from the other token.
  const mixed = [
    [othersBytes.subarray(0, 12), bytes.subarray(12)],
    [bytes.subarray(0, -16), othersBytes.subarray(-16)],
    [bytes.subarray(0, 12), othersBytes.subarray(12, -16), bytes.subarray(-16)],
  ].map((parts) => `${Buffer.concat(parts).toString('base64')}.${nonce}.${version}`);
  await expectRefused([`${sealed}.${othersNonce}.${version}`, `${othersSealed}.${nonce}.${version}`, ...mixed]);
});

test('refresh-token tampering: any one character changed', async () => {
  const token = mine.refreshToken;
  const changed = Array.from(token, (character, at) => {
    const instead = character === 'A' ? 'B' : 'A';
    return token.slice(0, at) + instead + token.slice(at + 1);
  });
  // One of three: they are some 500, and three versions.
  await expectRefused(changed.filter((_token, at) => at % 3 === 0 || at > token.length - 4));
});

/** The same bytes, but one bit of every `step`th byte is another: each of the eight in turn. */
const withOneBitChanged = (bytes: Buffer, step: number): Buffer[] =>
  Array.from({ length: Math.floor(bytes.length / step) }, (_, at) => {
    const changed = Buffer.from(bytes);
    changed[at * step] = (changed[at * step] ?? 0) ^ (1 << (at % 8));
    return changed;
  });

test('refresh-token tampering: any one bit of a sample, and the nonce in upper case', async () => {
  const [sealed, nonce, version] = partsOf(mine.refreshToken);
  const ofSealed = withOneBitChanged(Buffer.from(sealed, 'base64'), 5).map((bytes) => bytes.toString('base64'));
  const ofNonce = withOneBitChanged(Buffer.from(nonce, 'hex'), 2).map((bytes) => bytes.toString('hex'));
  await expectRefused([
    ...ofSealed.map((other) => `${other}.${nonce}.${version}`),
    ...[...ofNonce, nonce.toUpperCase()].map((other) => `${sealed}.${other}.${version}`),
  ]);
});

test('refresh-token tampering: truncated', async () => {
  const token = mine.refreshToken;
  const lengths = [1, 2, 3, 4, 20, 66, 67, 68, 69, 70, 71, 72, 100, 200, token.length - 1];
  await expectRefused(lengths.flatMap((length) => [token.slice(0, -length), token.slice(length)]));
});

test('refresh-token tampering: version', async () => {
  const [sealed, nonce] = partsOf(mine.refreshToken);
  const versions = ['V0', 'V1', 'V3', 'v2', 'V', '2', 'V02', 'V2 ', ' V2', 'V2\0', 'V２', 'V2,V2', '__proto__'];
  await expectRefused(versions.map((version) => `${sealed}.${nonce}.${version}`));
});

test('refresh-token tampering: other spellings of the same bytes', async () => {
  const [sealed, nonce, version] = partsOf(mine.refreshToken);
  const bytes = Buffer.from(sealed, 'base64');
  const spellings = [
    ...[`${sealed}=`, `${sealed}====`, `${sealed} `, `\n${sealed}`, ` ${sealed}`, `${sealed}!`, `${sealed}A`],
    ...[bytes.toString('hex'), encodeURIComponent(`${sealed}=`), sealed.replace(/^./, (first) => `${first}\t`)],
  ];
  await expectRefused(spellings.map((other) => `${other}.${nonce}.${version}`));
});

test('refresh-token tampering: sealed with another secret, and one that was never used', async () => {
  const secret = (await database.store.keyring.read())?.refreshTokenSecret ?? '';
  const content = await openIndependently(mine.refreshToken, secret);
  await expectRefused(
    await Promise.all(['', 'secret', `${secret} `].map((other) => sealIndependently(content, randomBytes(12), other))),
  );
});

test('stolen refresh-token secret: with an access token of a session, an attacker refreshes that session', async () => {
  const secret = (await database.store.keyring.read())?.refreshTokenSecret ?? '';
  const { sessionHandle, refreshTokenHash1 } = decodeJwt<{ sessionHandle: string; refreshTokenHash1: string }>(
    others.accessToken,
  );
  const forged = { sessionHandle, userId: others.userId, nonce: randomBytes(32).toString('hex') };
  const child = { ...forged, parentRefreshTokenHash1: refreshTokenHash1 };
  // Without the access token, the attacker does not know the parent.
  for (const token of [forged, { ...child, parentRefreshTokenHash1: randomBytes(32).toString('hex') }]) {
    const other = await createSession(core);
    const content = { ...token, sessionHandle: other.handle, userId: other.userId };
    const sealed = await sealIndependently(content, randomBytes(12), secret);
    expect((await refresh(core, sealed, { version: '5.6' })).status).not.toBe('OK');
  }
  const sealed = await sealIndependently(child, randomBytes(12), secret);
  expect((await refreshed(core, sealed, { version: '5.6' })).handle).toBe(others.handle);
});

test("writing the sessions table: claims that are the core's own make no other user of a session", async () => {
  const { sub, ...own } = decodeJwt(mine.accessToken);
  const stolen = { sub: 'victim', rsub: 'victim', tId: 'other', exp: 4_102_444_800, sessionHandle: others.handle };
  expect(await database.store.sessions.setPayload(mine.handle, { ...stolen, role: 'admin' }, 0)).toBeDefined();
  const { accessToken } = await refreshed(core, mine.refreshToken, { antiCsrfToken: mine.antiCsrfToken });
  const claims = decodeJwt(accessToken);
  expect(claims).toMatchObject({ sub, rsub: sub, tId: 'public', sessionHandle: mine.handle, role: 'admin' });
  expect(claims.exp).toBe(own.exp);
});

test("writing the sessions table: another user's id in a row gives no token of that user", async () => {
  const key = { pk: `session#${mine.handle}`, sk: 'session' };
  const set = { userId: 'victim', payload: '{"role":"admin"}' };
  expect(await database.db.update(database.tables.sessions, key, { set })).toBeDefined();
  for (const rotation of ['by-version', 'on-refresh'] as const) {
    const verifying = makeTestCore(database.store, { rotation });
    for (const version of VERSIONS) {
      const answer = await verify(verifying, mine.accessToken, { version, checkDatabase: true });
      const minted = (answer.accessToken as { token: string } | undefined)?.token ?? mine.accessToken;
      expect(decodeJwt(minted)).toMatchObject({ sub: mine.userId });
      expect(await refresh(verifying, mine.refreshToken, { version, antiCsrfToken: mine.antiCsrfToken })).toMatchObject(
        {
          status: 'UNAUTHORISED',
        },
      );
    }
  }
});

describe('over HTTP', () => {
  let service: AttackedService;
  let tokens: Tokens;
  beforeAll(async () => {
    service = await startService(database, ['auth']);
    tokens = await service.logIn();
  });
  const ask = (call: object) => invoke(service.handler('auth'), 'POST', '/auth/session/refresh', call);

  test('refresh-token tampering is 401, in a cookie and in a header, and the session lives on', async () => {
    const { refresh: token } = tokens;
    for (const tampered of [
      'x',
      token.slice(1),
      token.slice(0, -1),
      `${token}.`,
      token.replace(/V2$/, 'V3'),
      '..',
      '💣',
    ]) {
      const cookie = await ask({ cookies: [`sRefreshToken=${encodeURIComponent(tampered)}`] });
      const header = await ask({ headers: { authorization: `Bearer ${tampered}` } });
      for (const { statusCode, body } of [cookie, header])
        expect([tampered, statusCode, body]).toEqual([
          tampered,
          401,
          '{"code":"unauthorised","message":"unauthorised"}',
        ]);
    }
    expect((await ask({ cookies: [tokens.refreshCookie] })).statusCode).toBe(200);
  });
});
