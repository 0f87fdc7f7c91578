import fc from 'fast-check';
import type { Millis } from '../../lib/core/types.ts';
import { LIFETIME, PATIENCE } from './login-reference.ts';
import { type Death, deathWithin, does, newest, often } from './steps.ts';

/** The number of one of three emails or two phone numbers. `null` removes the contact. If absent, the contact stays. */
export type ContactNumber = number | null | undefined;

/** What happens in a history. A number chooses one of the users or codes that there are by then: see `pick`. */
export type LoginStep =
  | {
      readonly does: 'sign in by provider';
      readonly providerUser: number;
      readonly email: number;
      readonly isVerified: boolean;
      readonly death: Death;
    }
  | { readonly does: 'make code'; readonly contact: number; readonly death: Death }
  | { readonly does: 'remove codes'; readonly contact: number; readonly death: Death }
  | { readonly does: 'use code'; readonly code: number; readonly isTyped: boolean; readonly death: Death }
  | { readonly does: 'type wrong code'; readonly code: number; readonly death: Death }
  | {
      readonly does: 'change contacts';
      readonly user: number;
      readonly email: ContactNumber;
      readonly phoneNumber: ContactNumber;
      readonly death: Death;
    }
  | { readonly does: 'delete'; readonly user: number; readonly death: Death }
  | { readonly does: 'wait'; readonly time: Millis };

const which = newest(1, 9);
const death = deathWithin(3, 12);
const newContact = (count: number): fc.Arbitrary<ContactNumber> =>
  fc.oneof({ weight: 3, arbitrary: fc.nat(count - 1) }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });

const step: fc.Arbitrary<LoginStep> = fc.oneof(
  often(
    8,
    fc.record({
      does: does('sign in by provider'),
      providerUser: fc.nat(1),
      email: fc.nat(2),
      isVerified: fc.boolean(),
      death,
    }),
  ),
  often(8, fc.record({ does: does('make code'), contact: fc.nat(4), death })),
  often(10, fc.record({ does: does('use code'), code: which, isTyped: fc.boolean(), death })),
  often(5, fc.record({ does: does('type wrong code'), code: which, death })),
  often(1, fc.record({ does: does('remove codes'), contact: fc.nat(4), death })),
  often(
    7,
    fc.record({
      does: does('change contacts'),
      user: which,
      email: newContact(3),
      phoneNumber: newContact(2),
      death,
    }),
  ),
  often(4, fc.record({ does: does('delete'), user: which, death })),
  often(4, fc.record({ does: does('wait'), time: fc.constantFrom(1, 59_999, 60_000, LIFETIME, PATIENCE) })),
);

export const loginHistories = fc.array(step, { minLength: 8, maxLength: 30, size: 'max' });
