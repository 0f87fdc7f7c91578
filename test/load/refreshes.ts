import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { type Ask, type Kind, UnexpectedAnswer } from './request.ts';
import { type Tokens, tokensIn } from './tokens.ts';

/** Refreshes as they happen in the wild: in most cases one, but also two tabs at once, lost answers and late tabs. */
export type Refresh = (refreshToken: string) => Promise<Tokens>;

/** The refreshes of one user. They throw `UnexpectedAnswer` if the session forks. */
export function refreshesOf(ask: Ask, random: SeededRandom, sourceIp: string): Refresh {
  const by = async (kind: Kind, token: string): Promise<Tokens> => {
    const route = { function: 'auth', method: 'POST', path: '/auth/session/refresh', expected: 200 } as const;
    return tokensIn(await ask(kind, { ...route, token, sourceIp }));
  };
  const kinds: readonly (readonly [number, Refresh])[] = [
    [50, (token) => by('refresh', token)],
    [25, async (token) => theSame(await Promise.all([1, 2].map(() => by('refresh, two tabs at once', token))))],
    [15, async (token) => theSame([await by('refresh, answer lost', token), await by('refresh, answer lost', token)])],
    [
      10,
      async (token) => {
        const live = await by('refresh', token);
        const later = await by('refresh', live.refresh);
        // A tab that slept through both.
        return theSame([later, await by('refresh, late tab', token)]);
      },
    ],
  ];
  return (token) => random.weighted(kinds)(token);
}

function theSame(tokens: readonly Tokens[]): Tokens {
  const [first, ...others] = tokens;
  if (first === undefined || others.some(({ refresh }) => refresh !== first.refresh)) {
    throw new UnexpectedAnswer('Two refreshes with one token have forked the session');
  }
  return first;
}
