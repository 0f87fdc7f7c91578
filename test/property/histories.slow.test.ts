import fc from 'fast-check';
import { History } from './history.ts';
import { BRANCHES, type Rules, SAME_SUCCESSOR, type Session, TWO_PHASES } from './reference.ts';
import { histories, type Step } from './session-steps.ts';

/** Answers are compared while the history is played. A replay is always caught, and no valid token is rejected. */
const playing = (ruleSets: readonly Rules[], check: (history: History) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(histories, async (steps: readonly Step[]) => {
      const history = await History.play(ruleSets, steps);
      await history.checkStored();
      history.checkReports();
      await check(history);
      await history.checkGone();
    }),
    { numRuns: 75 },
  );

/** The sessions that a token may still refresh when the longest window is over. */
const survivors = ({ sessions }: History): Session[] => sessions.filter(({ isRevoked }) => !isRevoked);

/** Rotation at refresh leaves one valid token, whatever came before. */
async function checkOneLiveToken(history: History): Promise<void> {
  for (const session of survivors(history)) {
    const live = await history.liveTokens(session);
    expect(live.length).toBeLessThanOrEqual(1);
    for (const token of live) expect(token).toBe(session.live);
  }
}

/**
 * Before its use, a child is valid together with its parent. After it was used, neither the parent nor another child
 * is.
 */
async function checkOneLiveBranch(history: History): Promise<void> {
  for (const session of survivors(history)) {
    const live = await history.liveTokens(session);
    const children = live.filter(({ parent }) => parent === session.live);
    expect(live.filter((token) => token !== session.live)).toEqual(children);
    const [used, ...others] = children;
    if (used === undefined) continue;
    for (const other of [session.live, ...others]) {
      expect(await history.isLiveAfter(session, used, other)).toBe(false);
    }
  }
}

test('up to CDI 5.5, by version: whatever happens, the core answers what the contract says', () =>
  playing([TWO_PHASES], checkOneLiveBranch));

test('from CDI 5.6 on, by version: whatever happens, the core answers what the contract says', () =>
  playing([BRANCHES], checkOneLiveToken));

test('in process: whatever happens, the core answers what the contract says', () =>
  playing([SAME_SUCCESSOR], checkOneLiveToken));

test('on one table with all three: rows written under one are good under the others', () =>
  playing([TWO_PHASES, BRANCHES, SAME_SUCCESSOR], checkOneLiveBranch));
