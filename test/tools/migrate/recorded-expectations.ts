import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { JsonObject, SessionHandle } from '../../../lib/core/types.ts';
import { OVER_HTTP, type RefreshOptions, refresh, sessionsOf } from '../../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore } from '../../fixtures/core.ts';
import type { OfficialSession } from '../../fixtures/official-rows.ts';
import type { Stage } from './installation.ts';

type Rules = Parameters<typeof makeTestCore>[1];

/** A core with the sessions as they were moved, and one recorded session of it. */
interface Recorded {
  readonly session: OfficialSession;
  readonly core: ReturnType<typeof makeTestCore>;
  /** Refreshes with the session's token of that index. @returns the status */
  refresh(index: number, options?: RefreshOptions): Promise<unknown>;
  /** Whether a refresh is in two phases, and knows no window for a token that was replaced. */
  readonly isTwoPhase: boolean;
}

/** What is to be seen of a session; each check finds it as it was moved. */
type Check = (recorded: Recorded) => Promise<void>;

const expectStatus = async (answer: Promise<unknown>, status: string) => expect(await answer).toBe(status);
const refreshes =
  (index: number): Check =>
  ({ refresh }) =>
    expectStatus(refresh(index), 'OK');

/** Where the word is of theft, the window must be over: the token was the live one a moment before. */
const isTheft =
  (index: number): Check =>
  ({ core, refresh }) => {
    core.clock.advance(DEFAULT_CORE_CONFIG.gracePeriod + 1);
    return expectStatus(refresh(index), 'TOKEN_THEFT_DETECTED');
  };

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  'tokens[0] refreshes': [refreshes(0)],
  'tokens[1] refreshes; tokens[0] may still be retried before that and is theft after it': [
    refreshes(0),
    async ({ refresh }) => {
      await expectStatus(refresh(1), 'OK');
      await expectStatus(refresh(0), 'TOKEN_THEFT_DETECTED');
    },
  ],
  'tokens[1] refreshes; tokens[0] is theft': [refreshes(1), isTheft(0)],
  'tokens[1] refreshes; tokens[0] within the grace window too': [
    refreshes(1),
    ({ refresh, isTwoPhase }) => expectStatus(refresh(0), isTwoPhase ? 'TOKEN_THEFT_DETECTED' : 'OK'),
    isTheft(0),
  ],
  'tokens[0] refreshes with its antiCsrfToken': [
    ({ refresh }) => expectStatus(refresh(0, { enableAntiCsrf: true, antiCsrfToken: undefined }), 'UNAUTHORISED'),
    ({ refresh }) => expectStatus(refresh(0, { enableAntiCsrf: true }), 'OK'),
  ],
  'tokens[0] is unauthorised': [({ refresh }) => expectStatus(refresh(0), 'UNAUTHORISED')],
  'both are listed for user-two': [
    refreshes(0),
    refreshes(1),
    async ({ core, session }) => {
      const handles = session.tokens.map(({ handle }) => handle);
      expect(((await sessionsOf(core, 'user-two')) as string[]).toSorted()).toEqual(handles.toSorted());
    },
  ],
};

/** Checks that what was recorded of a session holds; an expectation that is not known here fails. */
export async function expectRecorded(
  { store, clock }: Stage,
  session: OfficialSession,
  rules: Rules,
  version: '5.4' | '5.6',
): Promise<void> {
  const checks = CHECKS[session.expect];
  if (checks === undefined) throw new Error(`${session.what}: unknown expectation "${session.expect}"`);
  for (const check of checks) {
    const rows = await Promise.all(session.tokens.map(({ handle }) => store.sessions.get(handle as SessionHandle)));
    const core = makeTestCore(store, rules, new ManualClock(clock.time));
    await check({
      session,
      core,
      isTwoPhase: rules === OVER_HTTP && version === '5.4',
      refresh: async (index, options) =>
        statusOf(await refresh(core, tokenOf(session, index), { ...antiCsrfOf(session), ...options, version })),
    });
    for (const row of rows.filter((found) => found !== undefined)) {
      await store.sessions.delete(row.handle, clock.time);
      await store.sessions.create(row);
    }
  }
}

const statusOf = (answer: JsonObject) => answer.status;

function tokenOf({ what, tokens }: OfficialSession, index: number): string {
  const tokensOfIndex = tokens[index];
  if (tokensOfIndex === undefined) throw new Error(`${what} has no tokens[${index}]`);
  return tokensOfIndex.refreshToken;
}

const antiCsrfOf = ({ tokens }: OfficialSession) => ({ antiCsrfToken: tokens[0]?.antiCsrfToken });
