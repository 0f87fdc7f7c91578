import fc from 'fast-check';
import type { Millis } from '../../lib/core/types.ts';
import { does, newest, often } from './steps.ts';
import { LIMITS, SECOND } from './world.ts';

/**
 * What happens in a history. A number chooses one of the users, tokens or sessions that there are by then: see `pick`.
 */
export type Step =
  | { readonly does: 'create'; readonly user: string; readonly payload: number }
  | { readonly does: 'refresh'; readonly token: number; readonly by: number }
  | { readonly does: 'verify'; readonly access: number; readonly checkDatabase: boolean; readonly by: number }
  | { readonly does: 'regenerate'; readonly access: number; readonly payload: number | undefined; readonly by: number }
  | { readonly does: 'setPayload' | 'setData'; readonly session: number; readonly value: number }
  | { readonly does: 'revoke'; readonly session: number }
  | { readonly does: 'revokeAll'; readonly user: string }
  | { readonly does: 'wait'; readonly time: Millis };

export const USERS = ['alice', 'bob'];
const user = fc.constantFrom(...USERS);
const value = fc.nat(2);
/** Mostly the newest, because a history of replays alone would be short. */
const which = newest(2, 30);
const { gracePeriod: G, accessTokenValidity, refreshTokenValidity } = LIMITS;

const time = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 10 * SECOND, G - 1, G, G + 1) },
  { weight: 1, arbitrary: fc.constantFrom(accessTokenValidity, refreshTokenValidity - 1, refreshTokenValidity) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  often(24, fc.record({ does: does('refresh'), token: which, by: fc.nat(5) })),
  often(15, fc.record({ does: does('wait'), time })),
  often(12, fc.record({ does: does('verify'), access: which, checkDatabase: fc.boolean(), by: fc.nat(5) })),
  often(3, fc.record({ does: does('create'), user, payload: value })),
  often(
    3,
    fc.record({
      does: does('regenerate'),
      access: which,
      payload: fc.option(value, { nil: undefined }),
      by: fc.nat(5),
    }),
  ),
  often(3, fc.record({ does: does('setPayload', 'setData'), session: which, value })),
  often(1, fc.record({ does: does('revoke'), session: which })),
  often(1, fc.record({ does: does('revokeAll'), user })),
);

export const histories = fc
  .array(step, { minLength: 10, maxLength: 40, size: 'max' })
  .map((steps): Step[] => [{ does: 'create', user: 'alice', payload: 0 }, ...steps]);
