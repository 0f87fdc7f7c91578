import { createHash } from 'node:crypto';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { signedBy } from '../fixtures/oidc-issuer.ts';
import {
  claimsWith,
  clock,
  database,
  ec,
  issuer,
  LOGGED_IN,
  login,
  loginWith,
  operationsOf,
  refused,
  seconds,
  tokenWith,
  useOidcWorld,
} from './oidc-world.ts';

useOidcWorld();

test('a faulty field is named, and no provider is called', async () => {
  const idToken = await tokenWith();
  for (const given of [undefined, null, '', 7, { iss: issuer.issuer }]) {
    expect(await login.logIn({ idToken: given })).toMatchObject({ status: 'FIELD_ERROR', field: 'idToken' });
  }
  for (const nonce of [null, '', 7]) {
    expect(await login.logIn({ idToken, nonce })).toMatchObject({ status: 'FIELD_ERROR', field: 'nonce' });
  }
  expect(issuer.asked).toEqual([]);
});

describe('an ID token is exchanged once', () => {
  const USED = refused('already used');

  test('and rejected the second time, also by another process', async () => {
    const idToken = await tokenWith({ nonce: 'n-1' });
    expect(await login.logIn({ idToken, nonce: 'n-1' })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken, nonce: 'n-1' })).toEqual(USED);
    expect(await loginWith({}).logIn({ idToken, nonce: 'n-1' })).toEqual(USED);
  });

  test('of ten times at once', async () => {
    const idToken = await tokenWith();
    const results = await Promise.all(Array.from({ length: 10 }, () => login.logIn({ idToken })));
    expect(results.filter(({ status }) => status === 'OK')).toHaveLength(1);
    expect(results.filter(({ status }) => status === 'ID_TOKEN_REFUSED')).toHaveLength(9);
  });

  test('also if its signature was written otherwise', async () => {
    issuer.keys = [ec];
    const idToken = await signedBy(ec, claimsWith());
    expect(await login.logIn({ idToken: withOtherSignature(idToken) })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken })).toEqual(USED);
  });

  test('even if the answer to the write was lost and it was sent again', async () => {
    const { db } = database;
    const twice: DynamoDb = { ...db, put: async (...put) => (await db.put(...put)) && db.put(...put) };
    const idToken = await tokenWith();
    expect(await loginWith({ db: twice }).logIn({ idToken })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken })).toEqual(USED);
  });

  test('with one write, which holds no token and is deleted once the token would be rejected anyway', async () => {
    const idToken = await tokenWith({ exp: seconds(599.5) });
    const signed = idToken.slice(0, idToken.lastIndexOf('.'));
    expect(await operationsOf(() => login.logIn({ idToken }))).toEqual(['PutItem']);
    const pk = `id-token#${createHash('sha256').update(signed).digest('base64url')}`;
    expect(await database.db.get(database.tables.users, { pk })).toEqual({
      pk,
      exchange: expect.any(String),
      ttl: seconds(630),
    });
    clock.advance(630_000);
    expect(await login.logIn({ idToken })).toEqual(refused('expired'));
  });

  test('and its caller hears that DynamoDB is unavailable', async () => {
    const put = () => Promise.reject(new DynamoDbError('Unavailable', 'PutItem', 'throttled'));
    const down = loginWith({ db: { ...database.db, put } });
    await expect(down.logIn({ idToken: await tokenWith() })).rejects.toMatchObject({ fault: 'Unavailable' });
  });

  /** (r, s) and (r, n - s) are both signatures of the same text by the same key; n is the order of P-256. */
  function withOtherSignature(idToken: string): string {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const dot = idToken.lastIndexOf('.');
    const signature = Buffer.from(idToken.slice(dot + 1), 'base64url');
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
    const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
    return `${idToken.slice(0, dot)}.${Buffer.concat([signature.subarray(0, 32), other]).toString('base64url')}`;
  }
});
