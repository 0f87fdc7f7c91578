import type { TestCore } from '../fixtures/core.ts';
import type { LoginUser, ModelDevice } from './login-reference.ts';

/** A user with one login method, as a core describes the user. */
export interface ReadUser {
  readonly id: string;
  readonly loginMethods: readonly [
    { readonly email?: string; readonly phoneNumber?: string; readonly verified: boolean },
  ];
}

type Query = Readonly<Record<string, string>>;

const queryOf = (query: Query): string => new URLSearchParams(query).toString();

/** What a core says of its users and devices. */
export class LoginView {
  readonly #core: TestCore;

  constructor(core: TestCore) {
    this.#core = core;
  }

  async user(id: string): Promise<ReadUser | undefined> {
    return (await this.#core.ask(`/user/id?userId=${id}`)).json.user as unknown as ReadUser | undefined;
  }

  /** The user of a recipe with that contact, or that user of a provider. */
  async find(rid: LoginUser['recipe'], query: Query): Promise<ReadUser | undefined> {
    const { json } = await this.#core.ask(`/recipe/user?${queryOf(query)}`, undefined, { headers: { rid } });
    return json.user as unknown as ReadUser | undefined;
  }

  async search(query: Query): Promise<readonly ReadUser[]> {
    return (await this.#core.ask(`/users?${queryOf(query)}`)).json.users as unknown as ReadUser[];
  }

  /** `undefined` if there is no such device. */
  async failedAttemptsOf({ code: { preAuthSessionId } }: ModelDevice): Promise<number | undefined> {
    const { json } = await this.#core.ask(`/recipe/signinup/codes?${queryOf({ preAuthSessionId })}`);
    const [device] = json.devices as unknown as readonly { readonly failedCodeInputAttemptCount: number }[];
    return device?.failedCodeInputAttemptCount;
  }
}
