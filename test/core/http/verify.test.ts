import { CompactSign, generateKeyPair } from 'jose';
import type { JsonObject } from '../../../lib/core/types.ts';
import {
  claimsOf,
  createSession,
  type Issued,
  kidOf,
  refreshed,
  setPayload,
  verify,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  core = makeTestCore(database.store);
});

const VERSIONS = ['3.1', '4.0', '5.4', '5.5', '5.6'];

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** The header of version 5 that our own core writes. */
const headerOf = (token: string) => ({ alg: 'RS256', typ: 'JWT', kid: kidOf(token), version: '5' });

type Forgery = (token: string) => string | Promise<string>;

const FORGERIES: Readonly<Record<string, Forgery>> = {
  'other claims': (token) => {
    const [header, , signature] = token.split('.');
    return [header, encode({ ...claimsOf(token), sub: 'someone-else' }), signature].join('.');
  },
  'a changed signature': (token) => {
    const at = token.lastIndexOf('.') + 100;
    return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  },
  'no signature': (token) => token.slice(0, token.lastIndexOf('.') + 1),
  'alg none': (token) => `${encode({ ...headerOf(token), alg: 'none' })}.${encode(claimsOf(token))}.`,
  'alg none, but signed': (token) =>
    [encode({ ...headerOf(token), alg: 'none' }), ...token.split('.').slice(1)].join('.'),
  'an unknown key': (token) => [encode({ ...headerOf(token), kid: 'd-1' }), ...token.split('.').slice(1)].join('.'),
  'the name of our key and the signature of another': async (token) => {
    const { privateKey } = await generateKeyPair('RS256');
    return new CompactSign(Buffer.from(JSON.stringify(claimsOf(token))))
      .setProtectedHeader(headerOf(token))
      .sign(privateKey);
  },
  'our public key taken for a shared secret': async (token) => {
    const { json } = await core.ask('/.well-known/jwks.json');
    const secret = Buffer.from(JSON.stringify(json.keys));
    return new CompactSign(Buffer.from(JSON.stringify(claimsOf(token))))
      .setProtectedHeader({ ...headerOf(token), alg: 'HS256' })
      .sign(secret);
  },
};

describe('A forged access token is not accepted', () => {
  test.each(Object.entries(FORGERIES))('with %s', async (_what, forge) => {
    const { accessToken } = await createSession(core);
    const forged = await forge(accessToken);
    for (const version of VERSIONS) {
      for (const checkDatabase of [false, true]) {
        expect((await verify(core, forged, { version, checkDatabase })).status).toBe('TRY_REFRESH_TOKEN');
        expect((await verify(core, accessToken, { version, checkDatabase })).status).toBe('OK');
      }
    }
  });

  test('nor a JWT of ours that is no access token, whatever it claims', async () => {
    const { accessToken } = await createSession(core);
    const payload = claimsOf(accessToken);
    for (const useStaticSigningKey of [true, false]) {
      const body = { payload, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60, useStaticSigningKey };
      const { json } = await core.ask('/recipe/jwt', body);
      expect((await verify(core, String(json.jwt))).status).toBe('TRY_REFRESH_TOKEN');
    }
  });
});

/** What has been asked of the tables since. */
async function callsOf(action: () => Promise<unknown>): Promise<string[]> {
  database.consumed.length = 0;
  await action();
  return database.consumed.map(({ operation }) => operation);
}

test.each(VERSIONS)('CDI %s: a fresh token is verified without any table', async (version) => {
  const { accessToken } = await createSession(core);
  expect(await callsOf(() => verify(core, accessToken, { version }))).toEqual([]);
  expect(await callsOf(() => verify(core, accessToken, { version, checkDatabase: true }))).toEqual(['GetItem']);
});

describe('Up to CDI 5.5', () => {
  /** A token whose refresh token is no longer live, nor the child of the live one. */
  async function staleChild(): Promise<Issued> {
    const first = await refreshed(core, (await createSession(core)).refreshToken);
    const second = await refreshed(core, first.refreshToken);
    await verify(core, second.accessToken);
    return first;
  }

  test('a changed payload makes a new token only where the database is to be checked', async () => {
    const { handle, accessToken } = await staleChild();
    await setPayload(core, handle, { a: 1 });
    expect(await verify(core, accessToken)).not.toHaveProperty('accessToken');
    const checked = await verify(core, accessToken, { checkDatabase: true });
    expect(checked).toMatchObject({ status: 'OK', session: { userDataInJWT: { a: 1 } } });
    expect(checked).toHaveProperty('accessToken');
  });

  test('the first use of a refreshed token renews the session, and its second use does not', async () => {
    const { handle, refreshToken } = await createSession(core);
    const { accessToken } = await refreshed(core, refreshToken);
    const expiryAfterUse = async (): Promise<unknown> => {
      core.clock.advance(60_000);
      await verify(core, accessToken);
      return (await core.ask(`/recipe/session?sessionHandle=${handle}`)).json.expiry;
    };
    const renewed = await expiryAfterUse();
    expect(renewed).toBe(core.clock.now() + 144_000 * 60_000);
    expect(await expiryAfterUse()).toBe(renewed);
  });
});

describe('From CDI 5.6 on', () => {
  const version = '5.6';

  test('it never writes and never issues a token', async () => {
    const { handle, refreshToken } = await createSession(core, { version });
    const child = await refreshed(core, refreshToken, { version: '5.4' });
    const { accessToken } = await refreshed(core, child.refreshToken, { version });
    await setPayload(core, handle, { a: 1 });
    for (const token of [child.accessToken, accessToken]) {
      const answers: JsonObject[] = [];
      const calls = await callsOf(async () => {
        for (const checkDatabase of [false, true]) answers.push(await verify(core, token, { version, checkDatabase }));
      });
      expect(answers.map(({ status, accessToken: issued }) => [status, issued])).toEqual([
        ['OK', undefined],
        ['OK', undefined],
      ]);
      expect(calls).toEqual(['GetItem']);
    }
  });

  test('the caller hears that the stored payload differs, and keeps that of the token', async () => {
    const { handle, accessToken } = await createSession(core, { payload: { a: 1 } });
    const checked = () => verify(core, accessToken, { version, checkDatabase: true });
    expect(await checked()).toMatchObject({ session: { userDataInJWT: { a: 1 } }, payloadUpdateAvailable: false });
    await setPayload(core, handle, { a: 2 });
    expect(await checked()).toMatchObject({ session: { userDataInJWT: { a: 1 } }, payloadUpdateAvailable: true });
    expect(await verify(core, accessToken, { version })).not.toHaveProperty('payloadUpdateAvailable');
  });

  test('with the database checked, a token of a branch that was left behind must be refreshed', async () => {
    const created = await createSession(core, { version });
    const first = await refreshed(core, created.refreshToken, { version });
    const second = await refreshed(core, created.refreshToken, { version });
    const statusOf = async ({ accessToken }: Issued, checkDatabase = true) =>
      (await verify(core, accessToken, { version, checkDatabase })).status;
    expect(await statusOf(created)).toBe('OK');
    expect(await statusOf(second)).toBe('OK');
    expect(await statusOf(first, false)).toBe('OK');
    expect(await verify(core, first.accessToken, { version, checkDatabase: true })).toEqual({
      status: 'UNAUTHORISED',
      message: 'rotated-out token branch; refresh required',
    });
  });
});
