import { decodeProtectedHeader } from 'jose';
import type { CoreConfig } from '../../../lib/core/index.ts';
import type { JsonObject } from '../../../lib/core/types.ts';
import { createSession, IN_PROCESS, OVER_HTTP, refreshed, verify } from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';

/** Numbers that JavaScript would change, each a member of an object. */
const NUMBERS = '"a":1.0,"b":-0.0,"c":1e400,"d":12345678901234567890,"e":[{"f":0.1234567890123456789}]';
/** The object, as `JSON.stringify` writes it into a body. */
const EXACT = Object.fromEntries(
  ['1.0', '-0.0', '1e400', '12345678901234567890'].map((text, at) => ['abcd'[at], JSON.rawJSON(text)]),
);
const CLAIMS: JsonObject = { ...EXACT, e: [{ f: JSON.rawJSON('0.1234567890123456789') }] };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The text of what an access token claims. */
const claimsText = (token: unknown): string =>
  Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8');
const tokenIn = ({ accessToken }: JsonObject): unknown => (accessToken as JsonObject).token;

test('the bodies of these tests have the numbers as they stand here', () => {
  expect(JSON.stringify(CLAIMS)).toBe(`{${NUMBERS}}`);
});

describe.each<[string, Partial<CoreConfig>]>([
  ['over HTTP', OVER_HTTP],
  ['in process', IN_PROCESS],
])('%s, numbers are kept as they are written', (_where, config) => {
  let core: TestCore;
  beforeAll(() => {
    core = makeTestCore(database.store, config);
  });

  test('in the claims and the data of a session', async () => {
    const body = { userId: 'u', userDataInJWT: CLAIMS, userDataInDatabase: CLAIMS, enableAntiCsrf: false };
    const created = await core.ask('/recipe/session', { ...body, useDynamicSigningKey: true });
    expect(created.text).toContain(`"userDataInJWT":{${NUMBERS}}`);
    expect(claimsText(tokenIn(created.json))).toContain(NUMBERS);
    const { handle } = created.json.session as JsonObject;
    const read = await core.ask(`/recipe/session?sessionHandle=${handle}`);
    expect(read.text).toContain(`"userDataInDatabase":{${NUMBERS}},"userDataInJWT":{${NUMBERS}}`);
  });

  test('through refresh, verify and regenerate', async () => {
    const session = await createSession(core, { payload: CLAIMS });
    const { accessToken } = await refreshed(core, session.refreshToken);
    expect(claimsText(accessToken)).toContain(NUMBERS);
    const body = { accessToken, doAntiCsrfCheck: false, enableAntiCsrf: false, checkDatabase: true };
    expect((await core.ask('/recipe/session/verify', body)).text).toContain(`"userDataInJWT":{${NUMBERS}}`);
    const regenerated = await core.ask('/recipe/session/regenerate', { accessToken });
    expect(claimsText(tokenIn(regenerated.json))).toContain(NUMBERS);
  });

  test('and make no token that needs to be replaced', async () => {
    const { accessToken } = await createSession(core, { payload: CLAIMS });
    expect(await verify(core, accessToken, { checkDatabase: true })).not.toHaveProperty('accessToken');
  });

  test('when claims and data are updated', async () => {
    const { handle } = await createSession(core);
    const put = (path: string, body: object) => core.ask(path, { sessionHandle: handle, ...body }, { method: 'PUT' });
    await put('/recipe/jwt/data', { userDataInJWT: CLAIMS });
    await put('/recipe/session/data', { userDataInDatabase: CLAIMS });
    const read = await core.ask(`/recipe/session?sessionHandle=${handle}`);
    expect(read.text).toContain(`"userDataInDatabase":{${NUMBERS}},"userDataInJWT":{${NUMBERS}}`);
  });

  test('in a JWT', async () => {
    const body = { payload: CLAIMS, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60 };
    const { jwt } = (await core.ask('/recipe/jwt', body)).json;
    expect(decodeProtectedHeader(String(jwt)).alg).toBe('RS256');
    expect(claimsText(jwt)).toContain(NUMBERS);
  });

  test('but a whole number may be written in any notation', async () => {
    const body = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://a.example' };
    const create = (text: string) => core.ask('/recipe/jwt', { ...body, validity: JSON.rawJSON(text) });
    for (const text of ['60.0', '6e1', '60']) expect((await create(text)).json.status).toBe('OK');
    for (const text of ['1e400', '9007199254740993', '0.5']) expect((await create(text)).status).toBe(400);
  });
});

test('an update by a caller in JavaScript, which cannot read them, keeps the numbers that it did not mean to change', async () => {
  const core = makeTestCore(database.store, IN_PROCESS);
  const { accessToken } = await createSession(core, { payload: { ...CLAIMS, role: 'user' } });
  const read = JSON.parse(claimsText(accessToken)) as JsonObject;
  const { a, b, c, d, e } = read;
  const userDataInJWT = { a, b, c, d, e, role: 'admin' } as JsonObject;
  const regenerated = await core.ask('/recipe/session/regenerate', { accessToken, userDataInJWT });
  expect(regenerated.text).toContain(`"userDataInJWT":{${NUMBERS},"role":"admin"}`);
});

test('numbers are kept as they are written in the metadata of a user, also after the next update', async () => {
  const core = makeUserCore(database);
  const update = (metadataUpdate: JsonObject) =>
    core.ask('/recipe/user/metadata', { userId: 'u', metadataUpdate }, { method: 'PUT' });
  await update(CLAIMS);
  expect((await core.ask('/recipe/user/metadata?userId=u')).text).toContain(`"metadata":{${NUMBERS}}`);
  expect((await update({ z: true })).text).toContain(`"metadata":{${NUMBERS},"z":true}`);
  expect((await core.ask('/recipe/user/metadata/bulk', { userIds: ['u'] })).text).toContain(`{${NUMBERS},"z":true}`);
});
