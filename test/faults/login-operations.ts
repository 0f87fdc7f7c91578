import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../lib/core/types.ts';
import type { TestAnswer, TestCore } from '../fixtures/core.ts';
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
} from '../fixtures/passwordless.ts';
import { someEmail, somePhoneNumber } from '../fixtures/users.ts';
import type { UserOperation, UserWorld } from './user-operations.ts';

/** When what a request has claimed and not stored is free again. */
const PATIENCE = 60_000;

const idsIn = ({ json }: TestAnswer): string[] =>
  (json.users as unknown as readonly { readonly id: string }[]).map(({ id }) => id);

const idsWith = async ({ ask }: TestCore, query: Readonly<Record<string, string>>): Promise<string[]> =>
  idsIn(await ask(`/users/by-accountinfo?${new URLSearchParams({ doUnionOfAccountInfo: 'true', ...query })}`));

const signInUp = ({ ask }: TestCore, userId: string, email: string) =>
  ask('/recipe/signinup', { thirdPartyId: 'google', thirdPartyUserId: userId, email: { id: email, isVerified: true } });

const ofProvider = (userId: string) => ({ thirdPartyId: 'google', thirdPartyUserId: userId });

/** The email and the provider's id lead to one user, or to none. */
async function expectOneOrNone(core: TestCore, userId: string, email: string): Promise<string[]> {
  const ids = await idsWith(core, ofProvider(userId));
  expect(ids.length).toBeLessThanOrEqual(1);
  expect(await idsWith(core, { email })).toEqual(ids);
  return ids;
}

const signingInUp: UserOperation = {
  name: 'signing in by a provider for the first time',
  async prepare({ healthy, faulty }) {
    const [userId, email] = [randomUUID(), someEmail()];
    return {
      async ask() {
        const answer = await signInUp(faulty, userId, email);
        // What an attempt that broke off has claimed is free after a minute.
        healthy.clock.advance(PATIENCE);
        return answer;
      },
      expectWhole: async () => void (await expectOneOrNone(healthy, userId, email)),
      async expectDone({ json }) {
        expect(json).toMatchObject({ status: 'OK', user: { loginMethods: [{ email, verified: true }] } });
        expect(await expectOneOrNone(healthy, userId, email)).toEqual([json.recipeUserId]);
      },
    };
  },
};

const signingInWithAnotherEmail: UserOperation = {
  name: 'signing in by a provider that reports another email',
  async prepare({ healthy, faulty }) {
    const [userId, old, email] = [randomUUID(), someEmail(), someEmail()];
    const { json: first } = await signInUp(healthy, userId, old);
    const id = String(first.recipeUserId);
    const emails = async () => [await idsWith(healthy, { email: old }), await idsWith(healthy, { email })];
    return {
      ask: () => signInUp(faulty, userId, email),
      async expectWhole() {
        expect([
          [[id], []],
          [[], [id]],
        ]).toContainEqual(await emails());
      },
      async expectDone({ json }) {
        expect(json).toMatchObject({ status: 'OK', createdNewUser: false, recipeUserId: id });
        expect(await emails()).toEqual([[], [id]]);
      },
    };
  },
};

const devicesOf = async ({ ask }: TestCore, query: Readonly<Record<string, string>>) =>
  (await ask(`/recipe/signinup/codes?${new URLSearchParams(query)}`)).json.devices as unknown as readonly JsonObject[];

const makingACode: UserOperation = {
  name: 'making a code',
  async prepare({ healthy, faulty }) {
    const email = someEmail();
    return {
      ask: () => faulty.ask('/recipe/signinup/code', { email }),
      expectWhole: async () => expect((await devicesOf(healthy, { email })).length).toBeLessThanOrEqual(1),
      async expectDone({ json }) {
        expect(json).toMatchObject({ status: 'OK' });
        const { preAuthSessionId } = json as unknown as SentCode;
        expect((await devicesOf(healthy, { email })).map((device) => device.preAuthSessionId)).toContain(
          preAuthSessionId,
        );
        expect((await consume(healthy, byLink(json as unknown as SentCode))).json.status).toBe('OK');
        expect(await devicesOf(healthy, { email })).toEqual([]);
      },
    };
  },
};

/** About a code that was sent. */
const aboutCode = (
  name: string,
  ask: (core: TestCore, code: SentCode) => Promise<TestAnswer>,
  expectDone: (world: UserWorld, code: SentCode, answer: TestAnswer) => Promise<void>,
): UserOperation => ({
  name,
  async prepare(world) {
    const code = await newCode(world.healthy, { email: someEmail() });
    return {
      ask: () => ask(world.faulty, code),
      // Until it is used, a code stays good or its device is gone.
      expectWhole: async () => undefined,
      expectDone: (answer) => expectDone(world, code, answer),
    };
  },
});

const statusOf = async (answer: Promise<TestAnswer>) => (await answer).json.status;

const aboutCodes: readonly UserOperation[] = [
  aboutCode(
    'making another code for a device',
    ({ ask }, { deviceId }) => ask('/recipe/signinup/code', { deviceId }),
    async ({ healthy }, code, { json }) => {
      expect(json).toMatchObject({ status: 'OK', preAuthSessionId: code.preAuthSessionId });
      expect(await statusOf(check(healthy, byLink(code)))).toBe('OK');
      expect(await statusOf(check(healthy, byTyping(json as unknown as SentCode)))).toBe('OK');
    },
  ),
  aboutCode(
    'checking a code',
    (core, code) => check(core, byTyping(code)),
    async ({ healthy }, code, { json }) => {
      expect(json).toMatchObject({ status: 'OK' });
      expect(await statusOf(consume(healthy, byTyping(code)))).toBe('OK');
    },
  ),
  aboutCode(
    'removing a code',
    ({ ask }, { codeId }) => ask('/recipe/signinup/code/remove', { codeId }),
    async ({ healthy }, code) => expect(await statusOf(consume(healthy, byLink(code)))).toBe('RESTART_FLOW_ERROR'),
  ),
  aboutCode(
    'removing a device',
    ({ ask }, { preAuthSessionId }) => ask('/recipe/signinup/code/remove', { preAuthSessionId }),
    async ({ healthy }, code) => expect(await statusOf(consume(healthy, byTyping(code)))).toBe('RESTART_FLOW_ERROR'),
  ),
  aboutCode(
    'listing the codes of a device',
    ({ ask }, { deviceId }) => ask(`/recipe/signinup/codes?${new URLSearchParams({ deviceId })}`),
    async (_world, { codeId }, { json }) => expect(json.devices).toMatchObject([{ codes: [{ codeId }] }]),
  ),
];

const typingAWrongCode: UserOperation = {
  name: 'typing a wrong code',
  async prepare({ healthy, faulty }) {
    const code = await newCode(healthy, { email: someEmail() });
    const failures = async () =>
      (await devicesOf(healthy, { deviceId: code.deviceId }))[0]?.failedCodeInputAttemptCount;
    let before = 0;
    return {
      ask: () => consume(faulty, wrongly(code)),
      async expectWhole() {
        before = Number(await failures());
        expect([0, 1]).toContain(before);
      },
      async expectDone({ json }) {
        expect(json).toMatchObject({
          status: 'INCORRECT_USER_INPUT_CODE_ERROR',
          failedCodeInputAttemptCount: before + 1,
        });
        expect(await failures()).toBe(before + 1);
        expect(await statusOf(consume(healthy, byTyping(code)))).toBe('OK');
      },
    };
  },
};

const usingACode = (name: string, isKnown: boolean): UserOperation => ({
  name,
  async prepare({ healthy, faulty }) {
    const email = someEmail();
    if (isKnown) await signUpByCode(healthy, { email });
    const code = await newCode(healthy, { email });
    let isRetry = false;
    return {
      ask: () => consume(faulty, byLink(code)),
      async expectWhole() {
        isRetry = true;
        expect((await idsWith(healthy, { email })).length).toBeLessThanOrEqual(1);
      },
      async expectDone({ json }) {
        // An attempt that broke off has used the code up, and a new one must do.
        expect(isRetry ? ['OK', 'RESTART_FLOW_ERROR'] : ['OK']).toContain(json.status);
        expect(await statusOf(consume(healthy, byLink(code)))).toBe('RESTART_FLOW_ERROR');
        healthy.clock.advance(PATIENCE);
        const { json: next } = await consume(healthy, byLink(await newCode(healthy, { email })));
        expect(next.status).toBe('OK');
        expect(await idsWith(healthy, { email })).toEqual([next.recipeUserId]);
      },
    };
  },
});

const removingAllCodes: UserOperation = {
  name: 'removing all codes for an email',
  async prepare({ healthy, faulty }) {
    const email = someEmail();
    const codes = [await newCode(healthy, { email }), await newCode(healthy, { email })];
    return {
      ask: () => faulty.ask('/recipe/signinup/codes/remove', { email }),
      expectWhole: async () => undefined,
      async expectDone({ json }) {
        expect(json).toEqual({ status: 'OK' });
        expect(await devicesOf(healthy, { email })).toEqual([]);
        for (const code of codes) expect(await statusOf(consume(healthy, byLink(code)))).toBe('RESTART_FLOW_ERROR');
      },
    };
  },
};

const changingBothContacts: UserOperation = {
  name: 'changing email and phone number of a user who logs in by codes',
  async prepare({ healthy, faulty }) {
    const [old, email, phoneNumber] = [someEmail(), someEmail(), somePhoneNumber()];
    const recipeUserId = await signUpByCode(healthy, { email: old });
    const found = async () => [
      await idsWith(healthy, { email: old }),
      await idsWith(healthy, { email }),
      await idsWith(healthy, { phoneNumber }),
    ];
    return {
      ask: () => changeContact(faulty, recipeUserId, { email, phoneNumber }),
      async expectWhole() {
        expect([
          [[recipeUserId], [], []],
          [[], [recipeUserId], [recipeUserId]],
        ]).toContainEqual(await found());
      },
      async expectDone({ json }) {
        expect(json).toEqual({ status: 'OK' });
        expect(await found()).toEqual([[], [recipeUserId], [recipeUserId]]);
        healthy.clock.advance(PATIENCE);
        expect(await signUpByCode(healthy, { email: old })).not.toBe(recipeUserId);
      },
    };
  },
};

/** Every operation of the ThirdParty and Passwordless recipes that needs DynamoDB. */
export const LOGIN_OPERATIONS: readonly UserOperation[] = [
  signingInUp,
  signingInWithAnotherEmail,
  makingACode,
  ...aboutCodes,
  typingAWrongCode,
  usingACode('signing up by a code', false),
  usingACode('signing in by a code', true),
  removingAllCodes,
  changingBothContacts,
];
