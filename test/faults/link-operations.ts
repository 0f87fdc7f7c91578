import { randomUUID } from 'node:crypto';
import type { TestAnswer, TestCore } from '../fixtures/core.ts';
import {
  changeEmail,
  expectConsistent,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  PASSWORD,
  passwordUser,
  providerUser,
  remove,
  type SeenUser,
  seenUser,
  sessionsOf,
  signInByProvider,
  someAddress,
  unlink,
} from '../fixtures/linking.ts';
import type { UserOperation } from './user-operations.ts';

/** A password user who is primary, and a user of a provider, who may be linked. */
interface Two {
  readonly primary: string;
  readonly other: string;
  readonly email: string;
  readonly provider: string;
}

async function two(core: TestCore, isLinked: boolean): Promise<Two> {
  const [email, provider] = [someAddress(), randomUUID()];
  const [primary, other] = [await passwordUser(core, email), await providerUser(core, someAddress(), provider)];
  await linkedUsers(core, primary, ...(isLinked ? [other] : []));
  return { primary, other, email, provider };
}

const methodsOf = (user: SeenUser | undefined): string[] =>
  (user?.loginMethods ?? []).map(({ recipeUserId }) => recipeUserId);

const operation = (
  name: string,
  isLinked: boolean,
  ask: (core: TestCore, users: Two) => Promise<TestAnswer>,
  expectDone: (core: TestCore, users: Two) => Promise<unknown>,
): UserOperation => ({
  name,
  async prepare({ healthy, faulty }) {
    const users = await two(healthy, isLinked);
    const ids = [users.primary, users.other];
    return {
      ask: () => ask(faulty, users),
      expectWhole: async () => void (await expectConsistent(healthy, ids)),
      async expectDone(answer) {
        expect(answer.json).toMatchObject({ status: 'OK' });
        await expectConsistent(healthy, ids);
        await expectDone(healthy, users);
      },
    };
  },
});

const next = (email: string): string => `next-${email}`;

/** Every operation on linked login methods that needs DynamoDB. */
export const LINK_OPERATIONS: readonly UserOperation[] = [
  operation(
    'becoming a primary user',
    false,
    (core, { other }) => makePrimary(core, other),
    async (core, { other }) => expect(await seenUser(core, other)).toMatchObject({ id: other, isPrimaryUser: true }),
  ),
  operation(
    'asking whether a login method can be linked',
    false,
    ({ ask }, { primary, other }) =>
      ask(`/recipe/accountlinking/user/link/check?recipeUserId=${other}&primaryUserId=${primary}`),
    async (core, { other }) => expect(methodsOf(await seenUser(core, other))).toEqual([other]),
  ),
  operation(
    'linking a login method',
    false,
    (core, { primary, other }) => link(core, other, primary),
    async (core, { primary, other }) => expect(methodsOf(await seenUser(core, other))).toEqual([primary, other]),
  ),
  operation(
    'unlinking a login method',
    true,
    (core, { other }) => unlink(core, other),
    async (core, { primary, other }) => {
      expect(methodsOf(await seenUser(core, primary))).toEqual([primary]);
      expect(await seenUser(core, other)).toMatchObject({ id: other, isPrimaryUser: false });
    },
  ),
  operation(
    'unlinking the first login method',
    true,
    (core, { primary }) => unlink(core, primary),
    async (core, { primary, other }) => expect(methodsOf(await seenUser(core, primary))).toEqual([other]),
  ),
  operation(
    'changing the email of a linked login method',
    true,
    (core, { primary, email }) => changeEmail(core, primary, next(email)),
    async (core, { primary, email }) =>
      expect((await seenUser(core, primary))?.loginMethods[0]).toMatchObject({ email: next(email) }),
  ),
  operation(
    'signing in by a linked provider with another email',
    true,
    (core, { email, provider }) => signInByProvider(core, next(email), provider),
    async (core, { other, email }) =>
      expect((await seenUser(core, other))?.loginMethods[1]).toMatchObject({ email: next(email) }),
  ),
  operation(
    'signing in by a linked password',
    true,
    ({ ask }, { email }) => ask('/recipe/signin', { email, password: PASSWORD }),
    async (core, { primary, other }) => expect(methodsOf(await seenUser(core, primary))).toEqual([primary, other]),
  ),
  operation(
    'logging in by a linked login method',
    true,
    (core, { other }) => logIn(core, other),
    async (core, { primary }) => expect(await sessionsOf(core, primary)).not.toEqual([]),
  ),
  operation(
    'deleting a user with all login methods',
    true,
    (core, { other }) => remove(core, other, true),
    async (core, { primary, other }) => {
      for (const id of [primary, other]) expect(await seenUser(core, id)).toBeUndefined();
    },
  ),
  operation(
    'deleting a linked login method alone',
    true,
    (core, { other }) => remove(core, other, false),
    async (core, { primary, other }) => {
      expect(methodsOf(await seenUser(core, primary))).toEqual([primary]);
      expect(await seenUser(core, other)).toBeUndefined();
    },
  ),
  operation(
    'deleting the first login method alone',
    true,
    (core, { primary }) => remove(core, primary, false),
    async (core, { primary, other }) => expect(methodsOf(await seenUser(core, primary))).toEqual([other]),
  ),
];
