import { strict as assert } from 'node:assert';
import { issuedIn } from '../fixtures/cdi-session.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { createSessionActs, type Known, type Patience, REFRESH } from './known-session.ts';

/** An honest user of several browsers, who remembers all that was acknowledged and finds out what was lost. */
export interface HonestClient {
  /** Does one thing, until it is acknowledged. @throws AssertionError if the core contradicts what it has acknowledged */
  act(): Promise<void>;
  /** Looks whether all that was acknowledged is so; ends with everything revoked. @throws AssertionError */
  audit(): Promise<void>;
}

const MAX_SESSIONS = 6;
/** How often who has a session already begins another. */
const NEW_SESSIONS = 0.15;

export function createClient(userId: string, core: Patience, random: SeededRandom): HonestClient {
  const live = new Map<string, Known>();
  /** The last refresh token by handle. */
  const revoked = new Map<string, string>();
  /** Creations that were not acknowledged: sessions that may be there, whose handles no client knows. */
  let unknown = 0;
  const acts = createSessionActs(core);

  const create = async (): Promise<void> => {
    const body = { userId, userDataInJWT: {}, userDataInDatabase: {}, ...REFRESH };
    const { answer, attempts } = await core.ask('POST', '/recipe/session', body);
    unknown += attempts - 1;
    const { handle, refreshToken, accessToken } = issuedIn(answer);
    live.set(handle, { handle, refreshToken, accessToken, previous: undefined, data: {}, claims: {} });
  };

  const list = async (): Promise<void> => {
    const { answer } = await core.ask('GET', `/recipe/session/user?userId=${userId}`);
    const listed = answer.sessionHandles as string[];
    for (const handle of live.keys()) assert.ok(listed.includes(handle), `the session ${handle} is listed`);
    for (const handle of listed) assert.ok(!revoked.has(handle), `the revoked session ${handle} is not listed`);
    const others = listed.filter((handle) => !live.has(handle));
    assert.ok(others.length <= unknown, `${others.length} sessions are listed that no client has created`);
  };

  const forget = (session: Known): void => {
    revoked.set(session.handle, session.refreshToken);
    live.delete(session.handle);
  };

  const revoke = async (session: Known): Promise<void> => {
    await core.ask('POST', '/recipe/session/remove', { sessionHandles: [session.handle] });
    forget(session);
    await acts.expectGone(session.handle, session.refreshToken);
  };

  const revokeAll = async (): Promise<void> => {
    await core.ask('POST', '/recipe/session/remove', { userId });
    for (const session of [...live.values()]) forget(session);
    unknown = 0;
    await list();
  };

  const actOn = (session: Known): Promise<void> =>
    random.weighted([
      [30, acts.refresh],
      [10, acts.refreshInTwoTabs],
      [10, acts.refreshLate],
      [10, acts.verify],
      [8, acts.changeData],
      [8, acts.changeClaims],
      [6, acts.compare],
      [8, revoke],
    ])(session);

  return {
    act() {
      const sessions = [...live.values()];
      const isNew = sessions.length < MAX_SESSIONS && random.fraction() < NEW_SESSIONS;
      if (sessions.length === 0 || isNew) return create();
      return random.weighted([
        [90, () => actOn(random.pick(sessions))],
        [7, list],
        [2, revokeAll],
      ])();
    },
    async audit() {
      await list();
      for (const session of live.values()) {
        await acts.compare(session);
        await acts.refresh(session);
      }
      await revokeAll();
      for (const [handle, refreshToken] of revoked) await acts.expectGone(handle, refreshToken);
    },
  };
}
