import { freshLifetime } from '../../../../lib/core/session/operations/tokens.ts';
import { makeContext } from '../../../fixtures/core-context.ts';

const SECOND = 1000;
const BASE = 1_800_000_000_000;

test.each([1, 2])(
  'an access token of %i s lives a second at the least, whatever the jitter and the moment',
  (seconds) => {
    for (const within of [0, 1, 500, 999]) {
      for (const fraction of [0, 0.5, 0.999]) {
        const context = makeContext({ clock: () => BASE + within });
        const { config, random } = context;
        const jittered = {
          ...context,
          config: { ...config, accessTokenValidity: seconds * SECOND, accessTokenValidityJitter: 0.25 },
          random: { ...random, fraction: () => fraction },
        };
        const { createdAt, expiry } = freshLifetime(jittered);
        expect(expiry - (BASE + within)).toBeGreaterThanOrEqual(SECOND);
        expect(expiry - createdAt).toBeLessThanOrEqual(2 * SECOND);
      }
    }
  },
);

test('so does one for which the caller asks for less', () => {
  const context = makeContext({ clock: () => BASE + 999 });
  expect(freshLifetime(context, 1).expiry).toBe(BASE + 2 * SECOND);
});
