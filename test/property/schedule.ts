import fc from 'fast-check';
import { StoreUnavailable } from '../../lib/core/errors.ts';
import type { SessionRow } from '../../lib/core/session/rules/row.ts';
import type { SessionStore } from '../../lib/core/session/store/session-store.ts';
import type { Store } from '../../lib/core/store/store.ts';
import type { Hash2, Json, JsonObject, Millis, SessionHandle } from '../../lib/core/types.ts';
import { createSession, hash2, IN_PROCESS, objectIn, revoke, textIn } from '../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, type TestCore } from '../fixtures/core.ts';
import type { MemoryStore } from '../fixtures/memory-store.ts';
import { interceptSessions, withSessions } from '../fixtures/store-wrappers.ts';
import { Stepper, type Task } from './stepper.ts';
import { LIMITS, storeWithKeys } from './world.ts';

/** What happens to a write, and to the store's answer. */
export type Fate =
  | 'done'
  /** Done, but answered as if the condition had failed, like a retry after a lost answer. */
  | 'unacknowledged'
  /** Done, but the store does not answer. */
  | 'silent'
  /** Not done, and the store does not answer. */
  | 'failed';

export const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fate>('done') },
  { weight: 2, arbitrary: fc.constantFrom<Fate>('unacknowledged', 'silent', 'failed') },
);

/** One request for a refresh, on its way through a core. */
export interface Request {
  readonly token: string;
  readonly task: Task<Answer>;
  /** What the core read last, and when. */
  lastRead: { readonly row: SessionRow | undefined; readonly at: Millis } | undefined;
}

export interface Answer {
  readonly httpStatus: number;
  readonly status: Json | undefined;
  /** The refresh token that was issued. */
  readonly token: string | undefined;
}

export interface Retirement {
  readonly at: Millis;
  /** Whose write it was. */
  readonly by: Request;
  readonly successor: Hash2;
}

/**
 * One session, two cores in two processes, and a store in which every read and every write waits for its turn. No
 * request runs while another does, so the schedule decides what happens.
 */
export class Theatre {
  readonly clock = new ManualClock();
  readonly #stepper = new Stepper();
  readonly #store: MemoryStore;
  readonly #cores: readonly TestCore[];
  readonly #requests = new Map<unknown, Request>();
  /** In the order in which they were retired. */
  readonly retirements = new Map<Hash2, Retirement>();
  readonly handle: SessionHandle;
  readonly first: string;
  #fate: Fate = 'done';
  #live: Hash2;

  private constructor(store: MemoryStore, handle: SessionHandle, first: string) {
    this.#store = store;
    this.handle = handle;
    this.first = first;
    this.#live = hash2(first);
    const config = { ...LIMITS, ...IN_PROCESS };
    const wrapped = this.#wrap(store);
    this.#cores = [makeTestCore(wrapped, config, this.clock), makeTestCore(wrapped, config, this.clock)];
  }

  static async open(): Promise<Theatre> {
    const store = await storeWithKeys();
    const { handle, refreshToken } = await createSession(makeTestCore(store, { ...LIMITS, ...IN_PROCESS }));
    return new Theatre(store, handle, refreshToken);
  }

  #wrap(store: Store): Store {
    const withFates = withSessions(store, (sessions) => ({
      get: (handle) => this.#read(sessions, handle),
      rotate: (...args) => this.#write(() => sessions.rotate(...args)),
    }));
    return interceptSessions(withFates, this.#stepper.hold);
  }

  async #read(sessions: SessionStore, handle: SessionHandle): Promise<SessionRow | undefined> {
    const row = await sessions.get(handle);
    const request = this.#requests.get(this.#stepper.running);
    if (request !== undefined) request.lastRead = { row, at: this.clock.time };
    return row;
  }

  async #write<T>(write: () => Promise<T | undefined>): Promise<T | undefined> {
    const fate = this.#fate;
    const written = fate === 'failed' ? undefined : await write();
    if (fate === 'done') return written;
    if (fate === 'unacknowledged') return undefined;
    throw new StoreUnavailable('do rotate', undefined);
  }

  /** A request that a client sends to one of the cores. It does nothing before its first step. */
  send(token: string, core: number): Request {
    const asked = this.#cores[core % this.#cores.length];
    const body = { refreshToken: token, enableAntiCsrf: false, useDynamicSigningKey: true };
    const task = this.#stepper.start(async () => {
      if (asked === undefined) throw new Error('There is no core');
      const { status, json } = await asked.ask('/recipe/session/refresh', body);
      return { httpStatus: status, status: json.status, token: tokenIn(json) };
    });
    const request: Request = { token, task, lastRead: undefined };
    this.#requests.set(task, request);
    return request;
  }

  /** Lets a request run to its next read or write, or to its end. */
  async step(request: Request, fate: Fate = 'done'): Promise<void> {
    this.#fate = fate;
    await request.task.step();
    this.#observe(request);
  }

  async finish(request: Request): Promise<void> {
    while (request.task.result === undefined) await this.step(request);
  }

  async revoke(): Promise<void> {
    const core = this.#cores[0];
    if (core !== undefined) await revoke(core, this.handle);
  }

  /** Notes what a step retired, from what the official core keeps of it, too. */
  #observe(by: Request): void {
    const row = this.#store.row(this.handle);
    if (row === undefined || row.current === this.#live) return;
    expect(row.prev).toBe(this.#live);
    this.retirements.set(this.#live, { at: row.rotatedAt ?? Number.NaN, by, successor: row.current });
    this.#live = row.current;
  }

  get live(): Hash2 {
    return this.#live;
  }
}

const tokenIn = (answer: JsonObject): string | undefined =>
  answer.refreshToken === undefined ? undefined : textIn(objectIn(answer, 'refreshToken'), 'token');
