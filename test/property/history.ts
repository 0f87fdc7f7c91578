import type { JsonObject, Millis } from '../../lib/core/types.ts';
import {
  createSession,
  infoOf,
  issuedIn,
  objectIn,
  refresh,
  revoke,
  revokeAllOf,
  sessionsOf,
  setData,
  setPayload,
  textIn,
  verify,
} from '../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, type TestCore } from '../fixtures/core.ts';
import type { MemoryStore } from '../fixtures/memory-store.ts';
import { type Access, isGone, type Rules, type Session, type Token, type Verified } from './reference.ts';
import { type Step, USERS } from './session-steps.ts';
import { pick } from './steps.ts';
import { LIMITS, SECOND, storeWithKeys } from './world.ts';

const { gracePeriod: G, accessTokenValidity, refreshTokenValidity } = LIMITS;

/** One of what there is: a history begins with a session. */
const one = <T>(list: readonly T[], number: number): T => {
  const found = pick(list, number);
  if (found === undefined) throw new Error('There is nothing to choose from');
  return found;
};

/** A rule set, and a core that follows it. */
interface Party {
  readonly rules: Rules;
  readonly core: TestCore;
}

/**
 * Plays a history on cores and on the reference model at once, and compares every answer. Several rule sets are several
 * cores on one store.
 */
export class History {
  readonly sessions: Session[] = [];
  readonly #tokens: { readonly session: Session; readonly token: Token }[] = [];
  readonly #accesses: Access[] = [];
  readonly #store: MemoryStore;
  readonly #clock = new ManualClock();
  readonly #parties: readonly Party[];
  #retries = 0;
  #thefts = 0;

  private constructor(ruleSets: readonly Rules[], store: MemoryStore) {
    this.#store = store;
    this.#parties = ruleSets.map((rules) => ({ rules, core: makeTestCore(store, rules.config, this.#clock) }));
  }

  static async play(ruleSets: readonly Rules[], steps: readonly Step[]): Promise<History> {
    const history = new History(ruleSets, await storeWithKeys());
    for (const step of steps) await history.#take(step);
    return history;
  }

  /** For requests that every core answers alike. */
  get #core(): TestCore {
    return one(this.#parties, 0).core;
  }

  get #now(): Millis {
    return this.#clock.time;
  }

  async #take(taken: Step): Promise<void> {
    switch (taken.does) {
      case 'create':
        return this.#create(taken.user, taken.payload);
      case 'refresh':
        return this.#refresh(taken.token, one(this.#parties, taken.by));
      case 'verify':
        return this.#verify(taken.access, taken.checkDatabase, one(this.#parties, taken.by));
      case 'regenerate':
        return this.#regenerate(taken.access, taken.payload, one(this.#parties, taken.by));
      case 'setPayload':
      case 'setData':
        return this.#update(taken.does, one(this.sessions, taken.session), taken.value);
      case 'revoke':
        return this.#revoke(one(this.sessions, taken.session));
      case 'revokeAll':
        return this.#revokeAll(taken.user);
      case 'wait':
        return this.#clock.advance(taken.time);
    }
  }

  async #create(user: string, payload: number): Promise<void> {
    const issued = await createSession(this.#core, { userId: user, payload: { n: payload }, data: { n: 0 } });
    const token: Token = { text: issued.refreshToken, parent: undefined };
    const session: Session = {
      handle: issued.handle,
      user,
      tokens: [token],
      payload,
      data: 0,
      live: token,
      previous: undefined,
      rotatedAt: 0,
      expiry: this.#now + refreshTokenValidity,
      retired: [],
      isRevoked: false,
    };
    expect(issued.refreshExpiry).toBe(session.expiry);
    this.sessions.push(session);
    this.#tokens.push({ session, token });
    this.#learnAccess(issued.accessToken, session, token, false);
  }

  #learnAccess(text: string, session: Session, token: Token, hasParent: boolean, expiry = this.#freshExpiry()): void {
    this.#accesses.push({ text, session, token, hasParent, expiry, payload: session.payload });
  }

  #freshExpiry(): Millis {
    return Math.floor(this.#now / SECOND) * SECOND + accessTokenValidity;
  }

  async #refresh(which: number, { rules, core }: Party): Promise<void> {
    const { session, token } = one(this.#tokens, which);
    const expected = rules.refresh(session, token, this.#now);
    const answer = await refresh(core, token.text, { version: rules.version });
    expect(answer.status).toBe(expected.status);
    if (expected.status === 'TOKEN_THEFT_DETECTED') await this.#noteTheft(session, rules, core);
    if (expected.status !== 'OK') return;
    if (expected.isRetry) this.#retries++;
    const issued = issuedIn(answer);
    const successor = expected.again ?? this.#learnToken(issued.refreshToken, session, token);
    expect(issued.refreshToken).toBe(successor.text);
    expected.accept(successor);
    const refreshExpiry = expected.expiry ?? session.expiry;
    expect(issued).toMatchObject({ refreshCreated: expected.created, refreshExpiry });
    expect(issued.payload).toEqual({ n: session.payload });
    this.#learnAccess(issued.accessToken, session, successor, rules.namesParents);
  }

  /** Up to CDI 5.5 the SDK ends the session. */
  async #noteTheft({ handle }: Session, { endsStolenSessions }: Rules, core: TestCore): Promise<void> {
    this.#thefts++;
    if (!endsStolenSessions) await revoke(core, handle);
  }

  #learnToken(text: string, session: Session, parent: Token): Token {
    expect(this.#tokens.map(({ token }) => token.text)).not.toContain(text);
    const token: Token = { text, parent };
    session.tokens.push(token);
    this.#tokens.push({ session, token });
    return token;
  }

  async #verify(which: number, checkDatabase: boolean, { rules, core }: Party): Promise<void> {
    const access = one(this.#accesses, which);
    const expected = rules.verify(access, checkDatabase, this.#now);
    const answer = await verify(core, access.text, { checkDatabase, version: rules.version });
    expect(answer.status).toBe(expected.status);
    if (expected.status !== 'OK') return;
    expect(answer.payloadUpdateAvailable).toBe(expected.payloadUpdateAvailable);
    expect(objectIn(answer, 'session').userDataInJWT).toEqual({ n: expected.payload });
    this.#learnRenewed(answer, access, expected);
  }

  #learnRenewed(answer: JsonObject, access: Access, { isRenewed = false, keepsExpiry }: Verified): void {
    expect('accessToken' in answer).toBe(isRenewed);
    if (!isRenewed) return;
    const expiry = keepsExpiry ? access.expiry : this.#freshExpiry();
    const renewed = objectIn(answer, 'accessToken');
    expect(renewed.expiry).toBe(expiry);
    this.#learnAccess(textIn(renewed, 'token'), access.session, access.token, false, expiry);
  }

  async #regenerate(which: number, payload: number | undefined, { rules, core }: Party): Promise<void> {
    const access = one(this.#accesses, which);
    const { session, token, hasParent, expiry } = access;
    const body = { accessToken: access.text, ...(payload !== undefined && { userDataInJWT: { n: payload } }) };
    const { json } = await core.ask('/recipe/session/regenerate', body);
    expect(json.status).toBe(isGone(session, this.#now) ? 'UNAUTHORISED' : 'OK');
    if (json.status !== 'OK') return;
    const isLeftAlone = payload === undefined || (rules.mergesClaims && payload === access.payload);
    if (!isLeftAlone) session.payload = payload;
    expect(objectIn(json, 'session').userDataInJWT).toEqual({ n: session.payload });
    expect('accessToken' in json).toBe(this.#now < expiry);
    if (this.#now >= expiry) return;
    this.#learnAccess(textIn(objectIn(json, 'accessToken'), 'token'), session, token, hasParent, expiry);
  }

  async #update(which: 'setPayload' | 'setData', session: Session, n: number): Promise<void> {
    const answer = await (which === 'setPayload' ? setPayload : setData)(this.#core, session.handle, { n });
    const isDone = !isGone(session, this.#now);
    expect(answer.status).toBe(isDone ? 'OK' : 'UNAUTHORISED');
    if (!isDone) return;
    if (which === 'setPayload') session.payload = n;
    else session.data = n;
  }

  async #revoke(session: Session): Promise<void> {
    const expected = isGone(session, this.#now) ? [] : [session.handle];
    session.isRevoked = true;
    expect((await revoke(this.#core, session.handle)).sessionHandlesRevoked).toEqual(expected);
  }

  async #revokeAll(user: string): Promise<void> {
    const theirs = this.#liveSessionsOf(user);
    for (const session of this.sessions.filter((one) => one.user === user)) session.isRevoked = true;
    const { sessionHandlesRevoked } = await revokeAllOf(this.#core, user);
    expect(new Set(sessionHandlesRevoked as string[])).toEqual(new Set(theirs));
  }

  #liveSessionsOf(user: string): string[] {
    return this.sessions.filter((one) => one.user === user && !isGone(one, this.#now)).map(({ handle }) => handle);
  }

  /** The store has what the model has. What is gone is not found in any way. */
  async checkStored(): Promise<void> {
    for (const session of this.sessions) {
      const info = await infoOf(this.#core, session.handle);
      const { payload, data, expiry } = session;
      const stored = { userDataInJWT: { n: payload }, userDataInDatabase: { n: data }, expiry };
      expect(info).toMatchObject(isGone(session, this.#now) ? { status: 'UNAUTHORISED' } : { status: 'OK', ...stored });
    }
    for (const user of USERS) {
      expect(new Set((await sessionsOf(this.#core, user)) as string[])).toEqual(new Set(this.#liveSessionsOf(user)));
    }
  }

  /** Every answer within the window and every theft was reported, and nothing else. */
  checkReports(): void {
    const events = this.#parties.flatMap(({ core }) => core.events);
    const count = (name: string) => events.filter(({ event }) => event === name).length;
    expect(count('RefreshGraceReuse')).toBe(this.#retries);
    expect(count('TokenTheftDetected')).toBe(this.#thefts);
    expect(events).toHaveLength(this.#retries + this.#thefts);
  }

  /** A session that is gone accepts no token and no update. */
  async checkGone(): Promise<void> {
    for (const session of this.sessions.filter((one) => isGone(one, this.#now))) {
      const { handle, tokens } = session;
      const refreshes = this.#parties.flatMap(({ rules: { version }, core }) =>
        tokens.map(({ text }) => refresh(core, text, { version })),
      );
      const updates = [setPayload(this.#core, handle, { n: 9 }), setData(this.#core, handle, { n: 9 })];
      const answers = await Promise.all([...refreshes, ...updates]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['UNAUTHORISED']));
    }
  }

  /** The tokens of a session that refresh once every window is over, each tried on a copy of all there is. */
  async liveTokens(session: Session): Promise<Token[]> {
    const tried = await Promise.all(session.tokens.map((token) => this.isLiveAfter(session, token)));
    return session.tokens.filter((_, index) => tried[index]);
  }

  /** Whether the last of some tokens refreshes, everywhere, once every window is over and those before it did. */
  async isLiveAfter(session: Session, ...tokens: readonly Token[]): Promise<boolean> {
    const tried = await Promise.all(this.#parties.map(({ rules }) => this.#isLive(rules, session, tokens)));
    expect(new Set(tried).size).toBe(1);
    return tried.includes(true);
  }

  async #isLive({ config, version }: Rules, session: Session, tokens: readonly Token[]): Promise<boolean> {
    const clock = new ManualClock(Math.max(this.#now, session.rotatedAt + G + 1));
    const core = makeTestCore(this.#store.copy(), config, clock);
    const statuses: unknown[] = [];
    for (const { text } of tokens) statuses.push((await refresh(core, text, { version })).status);
    return statuses.at(-1) === 'OK';
  }
}
