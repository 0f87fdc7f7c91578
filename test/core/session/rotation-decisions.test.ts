import {
  decideRotation,
  decideTwoPhaseRefresh,
  decideTwoPhaseVerify,
  isKnownBranch,
  type Presented,
  presentedBy,
  retire,
  retiredAtOf,
} from '../../../lib/core/session/rules/rotation.ts';
import { MAX_RETIRED } from '../../../lib/core/session/rules/row.ts';
import type { Hash2, Millis } from '../../../lib/core/types.ts';
import { someHash, someRetired, someRow } from '../../fixtures/session-row.ts';

const G: Millis = 30_000;
const NOW: Millis = 1_800_000_000_000;

const token = (hash2: Hash2, parentHash2?: Hash2): Presented => ({ hash2, parentHash2 });

/** A token that the row remembers as retired at that moment. */
const retiredAt = (time: Millis) => ({ ...someRetired(), retiredAt: time });

const [FIRST, LATER] = [retiredAt(NOW - 20_000), retiredAt(NOW - 10_000)];
const ROW = someRow({ prev: someHash(), rotatedAt: NOW, retired: [FIRST, LATER] });
const PREV = ROW.prev as Hash2;

describe('rotation at refresh', () => {
  test.each([
    ['the live token', token(ROW.current)],
    ['the live token, whatever it was issued for', token(ROW.current, PREV)],
    ['a child of the live token', token(someHash(), ROW.current)],
  ])('replaces %s', (_what, presented) => {
    expect(decideRotation(ROW, presented, NOW, G)).toEqual({ kind: 'rotate' });
    expect(decideRotation(ROW, presented, NOW, 0)).toEqual({ kind: 'rotate' });
  });

  test.each([
    ['a retired token', token(FIRST.hash2), FIRST.retiredAt],
    ['the one retired last', token(LATER.hash2), LATER.retiredAt],
    ['the previous token, which other rules retired', token(PREV), NOW],
  ])('lets %s be presented again for the grace period, its last moment included', (_what, presented, since) => {
    expect(decideRotation(ROW, presented, since, G)).toEqual({ kind: 'retry' });
    expect(decideRotation(ROW, presented, since + G, G)).toEqual({ kind: 'retry' });
    expect(decideRotation(ROW, presented, since + G + 1, G)).toMatchObject({ kind: 'reuse' });
  });

  test.each([
    ['a retired token', token(FIRST.hash2), FIRST.retiredAt],
    ['the previous one', token(PREV), NOW],
  ])('with a grace period of 0 takes %s for reuse, even in the same millisecond', (_what, presented, since) => {
    expect(decideRotation(ROW, presented, since, 0)).toMatchObject({ kind: 'reuse' });
  });

  const LATE = NOW + G + 1;
  test.each([
    ['RECENT_PREV', 'the previous token', ROW, token(PREV)],
    ['RECENT_PREV', 'the previous token, whatever it was issued for', ROW, token(PREV, PREV)],
    ['ORPHANED_BRANCH', 'another child of the previous token', ROW, token(someHash(), PREV)],
    ['STALE_LINEAGE', 'a token before the previous one', ROW, token(FIRST.hash2, someHash())],
    ['STALE_LINEAGE', 'an unknown token', ROW, token(someHash())],
    ['STALE_LINEAGE', 'a token of a row that was never rotated', someRow(), token(someHash(), someHash())],
    ['STALE_LINEAGE', 'a token without a parent of such a row', someRow(), token(someHash())],
  ] as const)('reports %s: %s', (subtype, _what, row, presented) => {
    expect(decideRotation(row, presented, LATE, G)).toEqual({ kind: 'reuse', subtype });
  });

  test('knows of the previous token when it was replaced, and of no other', () => {
    expect(retiredAtOf(ROW, PREV)).toBe(NOW);
    expect(retiredAtOf(ROW, LATER.hash2)).toBe(LATER.retiredAt);
    expect(retiredAtOf(ROW, someHash())).toBeUndefined();
    expect(retiredAtOf(ROW, ROW.current)).toBeUndefined();
  });

  test('a token says its hash2 and that of the one it was issued for', () => {
    const content = { sessionHandle: ROW.handle, userId: ROW.userId, nonce: '', antiCsrfToken: undefined };
    const hash1 = 'ab'.repeat(32) as Parameters<typeof presentedBy>[1]['parent'];
    expect(presentedBy(PREV, { ...content, parent: undefined })).toEqual(token(PREV));
    expect(presentedBy(PREV, { ...content, parent: hash1 }).parentHash2).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('retiring a token', () => {
  const entry = retiredAt(NOW);

  test('adds it behind those still within the window, the last moment included', () => {
    const [last, over] = [retiredAt(NOW - G), retiredAt(NOW - G - 1)];
    expect(retire([over, last, LATER], entry, NOW, G)).toEqual([last, LATER, entry]);
  });

  test('keeps the newest of them', () => {
    const all = Array.from({ length: MAX_RETIRED + 1 }, () => retiredAt(NOW));
    expect(retire(all, entry, NOW, G)).toEqual([...all.slice(2), entry]);
  });

  test('remembers it once', () => {
    expect(retire([{ ...entry, retiredAt: NOW - 1 }, LATER], entry, NOW, G)).toEqual([LATER, entry]);
  });
});

describe('refresh in two phases', () => {
  test.each([
    ['issue-child', 'the live token', token(ROW.current)],
    ['issue-child', 'the live token, whatever it was issued for', token(ROW.current, PREV)],
    ['promote', 'a child of the live token', token(someHash(), ROW.current)],
    ['theft', 'the previous token', token(PREV)],
    ['theft', 'a child of the previous token', token(someHash(), PREV)],
  ] as const)('%s: %s', (decision, _what, presented) => {
    expect(decideTwoPhaseRefresh(ROW, presented)).toBe(decision);
  });
});

describe('verification in two phases', () => {
  test.each([
    ['keep', 'the live token, issued for none', token(ROW.current)],
    ['keep', 'a former token, issued for none', token(PREV)],
    ['promote', 'a child of the live token', token(someHash(), ROW.current)],
    ['mint', 'the live token, issued for another', token(ROW.current, PREV)],
    ['keep', 'a former token, issued for another', token(PREV, someHash())],
  ] as const)('%s: %s', (decision, _what, presented) => {
    expect(decideTwoPhaseVerify(ROW, presented)).toBe(decision);
  });
});

describe('the branches of a session', () => {
  test.each([
    ['the live token', token(ROW.current)],
    ['the previous token', token(PREV)],
    ['a child of the live token', token(someHash(), ROW.current)],
    ['a child of the previous token', token(someHash(), PREV)],
  ])('%s is of one', (_what, presented) => {
    expect(isKnownBranch(ROW, presented)).toBe(true);
  });

  test.each([
    ['any other token', ROW, token(someHash(), someHash())],
    ['any other without a parent', ROW, token(someHash())],
    ['another without a parent, where nothing was before the live one', someRow(), token(someHash())],
  ])('%s is of none', (_what, row, presented) => {
    expect(isKnownBranch(row, presented)).toBe(false);
  });
});
