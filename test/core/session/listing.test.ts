import { extendedListing, listedUntil } from '../../../lib/core/session/rules/listing.ts';
import { someRow } from '../../fixtures/session-row.ts';

const NOW = 1_800_000_000_000;

test('a session is listed for a tenth of its validity longer, rounded up to a millisecond', () => {
  expect(listedUntil(NOW, 1000)).toBe(NOW + 1100);
  expect(listedUntil(NOW, 1001)).toBe(NOW + 1001 + 101);
});

test('a refresh leaves the index item alone as long as it lasts until the session expires', () => {
  const row = someRow({ listedUntil: NOW + 1100 });
  expect(extendedListing(row, NOW, 1000)).toBe(NOW + 1100);
  expect(extendedListing(row, NOW + 100, 1000)).toBe(NOW + 1100);
});

test('a refresh that would pass it extends it, by a tenth more than is needed', () => {
  const row = someRow({ listedUntil: NOW + 1100 });
  expect(extendedListing(row, NOW + 101, 1000)).toBe(NOW + 101 + 1100);
});
