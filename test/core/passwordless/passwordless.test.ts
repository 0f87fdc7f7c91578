import type { JsonObject } from '../../../lib/core/types.ts';
import type { UserConfig } from '../../../lib/core/user-config.ts';
import type { DynamoDb } from '../../../lib/dynamodb/client.ts';
import { storesOn, type TestAnswer, type TestCore } from '../../fixtures/core.ts';
import { clock, core, database, useFreshUserCore } from '../../fixtures/fresh-user-core.ts';
import {
  byLink,
  byTyping,
  changeContact,
  check,
  consume,
  newCode,
  type SentCode,
  signUpByCode,
  wrongly,
} from '../../fixtures/passwordless.ts';
import { dyingDb, pausingDb } from '../../fixtures/store-wrappers.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail, somePhoneNumber } from '../../fixtures/users.ts';

useFreshUserCore();

const coreOn = (db: DynamoDb, config: Partial<UserConfig> = {}): TestCore =>
  makeUserCore(storesOn(db, database.tables), { clock, config });

const isDevice = ({ preAuthSessionId }: SentCode) => `device#${preAuthSessionId}`;
const statusOf = ({ json }: TestAnswer) => json.status;
const statuses = (answers: readonly TestAnswer[]) => answers.map(statusOf);
const devicesOf = async (query: string) =>
  (await core.ask(`/recipe/signinup/codes?${query}`)).json.devices as unknown as readonly JsonObject[];

/** A database that notes everything that is written to it, as JSON. */
function notingDb(written: string[]): DynamoDb {
  return new Proxy(database.db, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => {
        written.push(JSON.stringify(given, (_, value) => (value instanceof Map ? [...value] : value)));
        return method.apply(target, given);
      };
    },
  });
}

test('The table knows neither the code that a user types, nor that of a link, nor the id of the device', async () => {
  const written: string[] = [];
  const { deviceId, linkCode, userInputCode, preAuthSessionId } = await newCode(coreOn(notingDb(written)), {
    email: someEmail(),
  });
  const everything = written.join('\n');
  expect(everything).toContain(preAuthSessionId);
  const secrets = [deviceId, linkCode].flatMap((secret) => {
    const bytes = Buffer.from(secret, 'base64');
    return [secret, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')];
  });
  for (const secret of [...secrets, `"${userInputCode}"`]) expect(everything).not.toContain(secret);
});

describe('A code is used once', () => {
  test.each(['email', 'phoneNumber'])('of 10 codes for one %s that are used at once', async (kind) => {
    const contact = kind === 'email' ? { email: someEmail() } : { phoneNumber: somePhoneNumber() };
    for (let round = 0; round < 2; round++) {
      const codes = await Promise.all(Array.from({ length: 10 }, () => newCode(core, contact)));
      const answers = await Promise.all(codes.map((code) => consume(core, byLink(code))));
      expect(statuses(answers).filter((status) => status === 'OK')).toHaveLength(1);
      expect(statuses(answers).filter((status) => status === 'RESTART_FLOW_ERROR')).toHaveLength(9);
    }
  });

  test('of 20 uses at once, by link and by typing', async () => {
    const email = someEmail();
    const code = await newCode(core, { email });
    const bodies = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? byLink(code) : byTyping(code)));
    const answers = await Promise.all(bodies.map((body) => consume(core, body)));
    expect(statuses(answers).filter((status) => status === 'OK')).toHaveLength(1);
    expect(statuses(answers).filter((status) => status === 'RESTART_FLOW_ERROR')).toHaveLength(19);
    const { json } = await core.ask(`/users/by-accountinfo?doUnionOfAccountInfo=true&email=${email}`);
    expect(json.users).toHaveLength(1);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'even if the process dies after %i writes of its use',
    async (writes) => {
      const email = someEmail();
      const code = await newCode(core, { email });
      const dying = coreOn(dyingDb(database.db, writes));
      const died = await consume(dying, byLink(code));
      const retried = await consume(core, byLink(code));
      expect([died, retried].filter(({ json }) => json.status === 'OK').length).toBeLessThanOrEqual(1);
      // What the crash left is in the way for a minute at most.
      clock.advance(60_001);
      const next = await consume(core, byLink(await newCode(core, { email })));
      expect(next.json.status).toBe('OK');
      const { json } = await core.ask(`/users/by-accountinfo?doUnionOfAccountInfo=true&email=${email}`);
      expect(json.users).toHaveLength(1);
    },
  );

  test('also if the acknowledgement of the write is lost', async () => {
    const code = await newCode(core, { email: someEmail() });
    let isLost = false;
    const losing: DynamoDb = {
      ...database.db,
      async update(table, key, update, retry) {
        const updated = await database.db.update(table, key, update, retry);
        if (isLost || key.pk !== isDevice(code)) return updated;
        isLost = true;
        return undefined;
      },
    };
    expect(statusOf(await consume(coreOn(losing), byLink(code)))).toBe('OK');
    expect(isLost).toBe(true);
    expect(statusOf(await consume(core, byLink(code)))).toBe('RESTART_FLOW_ERROR');
  });
});

describe('Wrong codes', () => {
  test('of 20 at once are all counted, each once', async () => {
    const patient = makeUserCore(database, { clock, config: { passwordlessMaxCodeInputAttempts: 100 } });
    const code = await newCode(patient, { email: someEmail() });
    const answers = await Promise.all(Array.from({ length: 20 }, () => consume(patient, wrongly(code))));
    expect(new Set(statuses(answers))).toEqual(new Set(['INCORRECT_USER_INPUT_CODE_ERROR']));
    const counts = answers.map(({ json }) => Number(json.failedCodeInputAttemptCount)).sort((a, b) => a - b);
    expect(counts).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(statusOf(await consume(patient, byTyping(code)))).toBe('OK');
  });

  test('of 20 at once leave four answers, and then the device is gone', async () => {
    const code = await newCode(core, { email: someEmail() });
    const answers = await Promise.all(Array.from({ length: 20 }, () => consume(core, wrongly(code))));
    const incorrect = answers.filter((answer) => statusOf(answer) === 'INCORRECT_USER_INPUT_CODE_ERROR');
    expect(incorrect.map(({ json }) => json.failedCodeInputAttemptCount).sort()).toEqual([1, 2, 3, 4]);
    expect(statuses(answers).filter((status) => status === 'RESTART_FLOW_ERROR')).toHaveLength(16);
    expect(statusOf(await consume(core, byTyping(code)))).toBe('RESTART_FLOW_ERROR');
    expect(statusOf(await consume(core, byLink(code)))).toBe('RESTART_FLOW_ERROR');
  });

  test.each([
    ['check', check],
    ['consume', consume],
  ])('that are tried at once with the right one: a late %s learns nothing', async (_name, ask) => {
    const code = await newCode(core, { email: someEmail() });
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === isDevice(code));
    const right = ask(coreOn(paused.db), byTyping(code));
    await paused.reached;
    for (let attempt = 0; attempt < 5; attempt++) await check(core, wrongly(code));
    paused.resume();
    expect(statusOf(await right)).toBe('RESTART_FLOW_ERROR');
  });

  test('end the device even if the process dies before it removes it', async () => {
    const code = await newCode(core, { email: someEmail() });
    for (let attempt = 0; attempt < 4; attempt++) await check(core, wrongly(code));
    await check(coreOn(dyingDb(database.db, 1)), wrongly(code));
    expect(statusOf(await check(core, byTyping(code)))).toBe('RESTART_FLOW_ERROR');
    expect(await devicesOf(`preAuthSessionId=${code.preAuthSessionId}`)).toEqual([]);
  });

  test('are not limited again by another code for the device', async () => {
    const code = await newCode(core, { email: someEmail() });
    for (let attempt = 0; attempt < 4; attempt++) await check(core, wrongly(code));
    const { json } = await core.ask('/recipe/signinup/code', { deviceId: code.deviceId });
    expect(statusOf(await check(core, wrongly(json as unknown as SentCode)))).toBe('RESTART_FLOW_ERROR');
    expect(statusOf(await consume(core, byTyping(json as unknown as SentCode)))).toBe('RESTART_FLOW_ERROR');
  });
});

describe('A device', () => {
  test('keeps the newest hundred of its codes', async () => {
    const code = await newCode(core, { email: someEmail() });
    const codes = [code];
    for (let made = 0; made < 100; made++) {
      clock.advance(1);
      codes.push((await core.ask('/recipe/signinup/code', { deviceId: code.deviceId })).json as unknown as SentCode);
    }
    const [device] = await devicesOf(`preAuthSessionId=${code.preAuthSessionId}`);
    expect(device?.codes).toHaveLength(100);
    expect(statusOf(await consume(core, byLink(code)))).toBe('RESTART_FLOW_ERROR');
    expect(statusOf(await consume(core, byLink(codes.at(-1) ?? code)))).toBe('OK');
  });

  test('gets 20 different codes from 20 requests at once', async () => {
    const code = await newCode(core, { email: someEmail() });
    const { deviceId } = code;
    const made = await Promise.all(Array.from({ length: 20 }, () => core.ask('/recipe/signinup/code', { deviceId })));
    expect(new Set(statuses(made))).toEqual(new Set(['OK']));
    expect(new Set(made.map(({ json }) => json.codeId)).size).toBe(20);
    const same = { deviceId, userInputCode: 'given' };
    const given = await Promise.all(Array.from({ length: 20 }, () => core.ask('/recipe/signinup/code', same)));
    expect(statuses(given).filter((status) => status === 'OK')).toHaveLength(1);
    expect(statuses(given).filter((status) => status === 'USER_INPUT_CODE_ALREADY_USED_ERROR')).toHaveLength(19);
  });

  test('is forgotten an hour after its last code has expired', async () => {
    const code = await newCode(core, { email: someEmail() });
    clock.advance(900_001);
    expect(statusOf(await check(core, byTyping(code)))).toBe('EXPIRED_USER_INPUT_CODE_ERROR');
    clock.advance(3_600_000);
    expect(statusOf(await check(core, byTyping(code)))).toBe('RESTART_FLOW_ERROR');
    expect(await devicesOf(`preAuthSessionId=${code.preAuthSessionId}`)).toEqual([]);
  });

  test('is taken for no other by a wrong name of it', async () => {
    const code = await newCode(core, { email: someEmail() });
    for (const preAuthSessionId of ['', 'x', '#', `${code.preAuthSessionId}x`, 'x'.repeat(3000)]) {
      expect(await devicesOf(`preAuthSessionId=${encodeURIComponent(preAuthSessionId)}`)).toEqual([]);
      expect((await core.ask('/recipe/signinup/code/remove', { preAuthSessionId })).status).toBe(200);
      expect((await core.ask('/recipe/signinup/code/remove', { codeId: preAuthSessionId })).status).toBe(200);
    }
    expect(statusOf(await check(core, byTyping(code)))).toBe('OK');
  });
});

describe('All codes for an email end', () => {
  test('when they are removed, those of the same user for the phone number stay', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const codes = [await newCode(core, { email }), await newCode(core, { email })];
    const other = await newCode(core, { phoneNumber });
    await core.ask('/recipe/signinup/codes/remove', { email });
    for (const code of codes) expect(statusOf(await consume(core, byLink(code)))).toBe('RESTART_FLOW_ERROR');
    expect(statusOf(await consume(core, byLink(other)))).toBe('OK');
  });

  test('with those for the phone number, when the user signs in', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const id = await signUpByCode(core, { email });
    await changeContact(core, id, { phoneNumber });
    const [one, other] = [await newCode(core, { email }), await newCode(core, { phoneNumber })];
    expect(statusOf(await consume(core, byLink(one)))).toBe('OK');
    expect(statusOf(await consume(core, byLink(other)))).toBe('RESTART_FLOW_ERROR');
  });

  test('when the user is deleted', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const id = await signUpByCode(core, { email });
    await changeContact(core, id, { phoneNumber });
    const codes = [await newCode(core, { email }), await newCode(core, { phoneNumber })];
    await core.ask('/user/remove', { userId: id });
    for (const code of codes) expect(statusOf(await consume(core, byLink(code)))).toBe('RESTART_FLOW_ERROR');
  });
});
