import { makeLinkToken } from '../../../lib/core/user/operations/link-token.ts';
import { systemRandom } from '../../fixtures/core.ts';

test('a token of a link is 128 letters and digits, and no two are alike', () => {
  const tokens = Array.from({ length: 200 }, () => makeLinkToken(systemRandom));
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]{128}$/);
  expect(new Set(tokens).size).toBe(200);
});
