import { strict as assert } from 'node:assert';
import type { JsonObject } from '../../lib/core/types.ts';
import { type Issued, issuedIn } from '../fixtures/cdi-session.ts';

/** Asks until an answer comes. */
export interface Patience {
  ask(method: string, path: string, body?: object): Promise<{ readonly answer: JsonObject; readonly attempts: number }>;
}

/** What a client knows of one session by what was acknowledged. */
export interface Known {
  readonly handle: string;
  refreshToken: string;
  accessToken: string;
  /** Replaced at that moment by the live one; ms. */
  previous: { readonly refreshToken: string; readonly at: number } | undefined;
  data: JsonObject;
  claims: JsonObject;
}

export const REFRESH = { enableAntiCsrf: false, useDynamicSigningKey: true };

/** A retry comes well within the grace period of 30 s; ms. */
const SOON = 15_000;

/** What an honest client does with a session that it knows. Each throws `AssertionError` if the core contradicts itself. */
export interface SessionActs {
  refresh(session: Known): Promise<void>;
  refreshInTwoTabs(session: Known): Promise<void>;
  /** By a tab that has not heard of the last refresh. */
  refreshLate(session: Known): Promise<void>;
  verify(session: Known): Promise<void>;
  changeData(session: Known): Promise<void>;
  changeClaims(session: Known): Promise<void>;
  /** What was stored is there. */
  compare(session: Known): Promise<void>;
  expectGone(handle: string, refreshToken: string): Promise<void>;
}

export function createSessionActs(core: Patience): SessionActs {
  let counter = 0;

  const askOk = async (what: string, ...question: Parameters<Patience['ask']>): Promise<JsonObject> => {
    const { answer } = await core.ask(...question);
    assert.equal(answer.status, 'OK', `${what}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const refreshWith = async (refreshToken: string): Promise<Issued> =>
    issuedIn(
      await askOk('an honest client refreshes', 'POST', '/recipe/session/refresh', { ...REFRESH, refreshToken }),
    );
  const infoOf = (handle: string) => core.ask('GET', `/recipe/session?sessionHandle=${handle}`);

  return {
    refresh: async (session) => take(session, await refreshWith(session.refreshToken)),
    async refreshInTwoTabs(session) {
      const [one, other] = await Promise.all([1, 2].map(() => refreshWith(session.refreshToken)));
      assert.equal(one?.refreshToken, other?.refreshToken, 'two tabs go on with one token');
      if (one !== undefined) take(session, one);
    },
    async refreshLate({ previous, refreshToken }) {
      if (previous === undefined || Date.now() - previous.at > SOON) return;
      const issued = await refreshWith(previous.refreshToken);
      assert.equal(issued.refreshToken, refreshToken, 'a retry is given the live token');
    },
    async verify({ accessToken }) {
      const flags = { checkDatabase: true, doAntiCsrfCheck: false, enableAntiCsrf: false };
      await askOk('an access token is verified', 'POST', '/recipe/session/verify', { accessToken, ...flags });
    },
    async changeData(session) {
      const data = { n: ++counter };
      const body = { sessionHandle: session.handle, userDataInDatabase: data };
      await askOk('data is stored', 'PUT', '/recipe/session/data', body);
      session.data = data;
    },
    async changeClaims(session) {
      const claims = { n: ++counter };
      const body = { sessionHandle: session.handle, userDataInJWT: claims };
      await askOk('claims are stored', 'PUT', '/recipe/jwt/data', body);
      session.claims = claims;
    },
    async compare({ handle, data, claims }) {
      const { answer } = await infoOf(handle);
      const stored = [answer.status, answer.userDataInDatabase, answer.userDataInJWT];
      assert.deepEqual(stored, ['OK', data, claims], 'what was stored is there');
    },
    async expectGone(handle, refreshToken) {
      assert.equal((await infoOf(handle)).answer.status, 'UNAUTHORISED', `the revoked session ${handle} is gone`);
      const { answer } = await core.ask('POST', '/recipe/session/refresh', { ...REFRESH, refreshToken });
      assert.equal(answer.status, 'UNAUTHORISED', 'a revoked session cannot be refreshed');
    },
  };
}

function take(session: Known, issued: Issued): void {
  assert.deepEqual(issued.payload, session.claims, 'the claims are those that were acknowledged');
  if (issued.refreshToken !== session.refreshToken) {
    session.previous = { refreshToken: session.refreshToken, at: Date.now() };
  }
  session.refreshToken = issued.refreshToken;
  session.accessToken = issued.accessToken;
}
