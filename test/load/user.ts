import { credentials } from '../fixtures/log-in.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import type { FunctionName } from './functions.ts';
import { refreshesOf } from './refreshes.ts';
import type { Ask, Kind } from './request.ts';
import { handleIn, type Tokens, tokensIn } from './tokens.ts';

/** An honest user with a browser or two. */
export interface User {
  /** Comes to the website for a moment: a few requests. @throws UnexpectedAnswer */
  visit(): Promise<void>;
}

export interface UserParts {
  readonly id: number;
  readonly ask: Ask;
  readonly random: SeededRandom;
  /** ms since the epoch */
  readonly now: () => number;
}

/** A browser refreshes a little before its token expires, as clocks differ; ms. */
const EARLY = 1000;
const COMMENTS = 5000;

export function createUser({ id, ask, random, now }: UserParts): User {
  const sourceIp = `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}`;
  const refresh = refreshesOf(ask, random, sourceIp);
  const enter = entranceOf(id, ask, sourceIp);
  /** Each has a session of its own. */
  const browsers: Tokens[] = [];

  const begin = async (): Promise<Tokens> => {
    const tokens = await enter();
    browsers.push(tokens);
    return tokens;
  };

  const freshen = async (tokens: Tokens): Promise<void> => {
    if (now() >= tokens.expiry - EARLY) Object.assign(tokens, await refresh(tokens.refresh));
  };

  const get = (kind: Kind, name: FunctionName, path: string, { access: token }: Tokens) =>
    ask(kind, { function: name, method: 'GET', path, expected: 200, token, sourceIp });
  const post = (kind: Kind, name: FunctionName, path: string, { access: token }: Tokens, body?: object) =>
    ask(kind, { function: name, method: 'POST', path, expected: 200, token, sourceIp, ...(body && { body }) });

  const signOut = async (tokens: Tokens): Promise<void> => {
    await post('sign-out', 'auth', '/auth/signout', tokens);
    browsers.splice(browsers.indexOf(tokens), 1);
  };

  const signOutEverywhere = async (tokens: Tokens): Promise<void> => {
    await post('sign-out everywhere', 'signoutEverywhere', '/signout-everywhere', tokens);
    browsers.length = 0;
  };

  /** Who has no other browser logs in on one. */
  const revokeOther = async (tokens: Tokens): Promise<void> => {
    const other = browsers.find((browser) => browser !== tokens);
    if (other === undefined) return void (await begin());
    const handle = handleIn(other);
    const route = { function: 'revokeSession', method: 'DELETE', path: `/sessions/${handle}`, expected: 204 } as const;
    await ask('revoke another session', { ...route, token: tokens.access, sourceIp, handle });
    browsers.splice(browsers.indexOf(other), 1);
  };

  const acts: readonly (readonly [number, (tokens: Tokens) => Promise<unknown>])[] = [
    [60, (tokens) => get('protected route', 'sessionInfo', '/sessioninfo', tokens)],
    [
      20,
      (tokens) => post('like', 'likeComment', '/like-comment', tokens, { commentId: `${random.between(1, COMMENTS)}` }),
    ],
    [8, (tokens) => get('list sessions', 'sessions', '/sessions', tokens)],
    [6, signOut],
    [2, signOutEverywhere],
    [4, revokeOther],
  ];

  return {
    async visit() {
      const tokens = browsers.length === 0 ? await begin() : random.pick(browsers);
      await freshen(tokens);
      for (let left = random.between(1, 3); left > 0 && browsers.includes(tokens); left--) {
        await random.weighted(acts)(tokens);
      }
    },
  };
}

/** Signs up at the first call, and signs in at every other. */
function entranceOf(id: number, ask: Ask, sourceIp: string): () => Promise<Tokens> {
  const request = {
    method: 'POST',
    body: credentials(`user-${id}@example.com`),
    sourceIp,
    expected: 200,
  } as const;
  let isKnown = false;
  return async () => {
    const answer = isKnown
      ? await ask('sign-in', { ...request, function: 'user', path: '/auth/signin' })
      : await ask('sign-up', { ...request, function: 'user', path: '/auth/signup' });
    isKnown = true;
    return tokensIn(answer);
  };
}
