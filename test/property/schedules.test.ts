import fc from 'fast-check';
import { MAX_RETIRED } from '../../lib/core/session/rules/row.ts';
import type { Hash2, Millis } from '../../lib/core/types.ts';
import { hash2 } from '../fixtures/cdi-session.ts';
import { type Answer, type Fate, fates, type Request, Theatre } from './schedule.ts';
import { LIMITS, SECOND } from './world.ts';

const { gracePeriod: G } = LIMITS;

const answerTo = ({ task }: Request): Answer => {
  if (task.result === undefined) throw new Error('There is no answer yet');
  return task.result.value;
};

describe('honest clients that share a cookie jar', () => {
  /** A turn of one client: what it does depends on where it is. */
  interface Turn {
    readonly client: number;
    readonly core: number;
    readonly fate: Fate;
    /** One in six: the request is given up, or its answer lost. */
    readonly luck: number;
    readonly time: Millis;
  }

  const CLIENTS = 3;
  const TURNS = 30;

  const turn: fc.Arbitrary<Turn> = fc.record({
    // Beyond the clients: a request that was given up, but goes on in its core.
    client: fc.nat(CLIENTS),
    core: fc.nat(1),
    fate: fates,
    luck: fc.nat(5),
    // So that a whole round is over within the window.
    time: fc.oneof(fc.constant(0), fc.nat(G / TURNS)),
  });

  interface Client {
    request: Request | undefined;
    needsRefresh: boolean;
  }

  /** Tabs of one browser whose access token has expired: each refreshes until an answer reaches it. */
  class Browser {
    readonly #theatre: Theatre;
    readonly #clients: Client[] = Array.from({ length: CLIENTS }, () => ({ request: undefined, needsRefresh: true }));
    readonly #givenUp: Request[] = [];
    jar: string;

    constructor(theatre: Theatre, jar: string) {
      this.#theatre = theatre;
      this.jar = jar;
    }

    async take({ client, core, fate, luck, time }: Turn): Promise<void> {
      this.#theatre.clock.advance(time);
      const tab = this.#clients[client];
      if (tab === undefined) await this.#stepGivenUp(core, fate);
      else if (tab.request === undefined) this.#send(tab, core);
      else if (tab.request.task.result !== undefined) this.#receive(tab, tab.request, luck === 0);
      else if (luck === 0) this.#giveUp(tab, tab.request);
      else await this.#theatre.step(tab.request, fate);
    }

    #send(tab: Client, core: number): void {
      if (tab.needsRefresh) tab.request = this.#theatre.send(this.jar, core);
    }

    /** A lost answer, or one that says that the store is not available, is followed by another request. */
    #receive(tab: Client, request: Request, isLost: boolean): void {
      const answer = answerTo(request);
      expectGood(answer);
      tab.request = undefined;
      if (isLost || answer.token === undefined) return;
      this.jar = answer.token;
      tab.needsRefresh = false;
    }

    #giveUp(tab: Client, request: Request): void {
      this.#givenUp.push(request);
      tab.request = undefined;
    }

    async #stepGivenUp(which: number, fate: Fate): Promise<void> {
      const unfinished = this.#givenUp.filter(({ task }) => task.result === undefined);
      const request = unfinished[which] ?? unfinished[0];
      if (request !== undefined) await this.#theatre.step(request, fate);
    }

    /** No more losses: everything that is under way comes to its end, in whatever order the schedule has left. */
    async drain(): Promise<void> {
      for (const request of this.#givenUp) {
        await this.#theatre.finish(request);
        expectGood(answerTo(request));
      }
      for (const tab of this.#clients) {
        while (tab.needsRefresh || tab.request !== undefined) {
          const request = tab.request ?? this.#theatre.send(this.jar, 0);
          await this.#theatre.finish(request);
          this.#receive(tab, request, false);
        }
      }
    }
  }

  const expectGood = ({ httpStatus, status }: Answer): void => {
    if (httpStatus === 503) return;
    expect({ httpStatus, status }).toEqual({ httpStatus: 200, status: 'OK' });
  };

  /** One time at which all tabs need to refresh. @returns the token in the jar after it */
  async function playRound(theatre: Theatre, jar: string, turns: readonly Turn[]): Promise<string> {
    const browser = new Browser(theatre, jar);
    for (const one of turns) await browser.take(one);
    await browser.drain();
    // Answers may have crossed, and the jar hold an older token: a retry within the window brings the live one.
    const settling = theatre.send(browser.jar, 0);
    await theatre.finish(settling);
    const { token } = answerTo(settling);
    expect(hash2(token ?? '')).toBe(theatre.live);
    return token ?? '';
  }

  const rounds = fc.array(fc.array(turn, { minLength: 10, maxLength: TURNS, size: 'max' }), {
    minLength: 1,
    maxLength: 2,
  });

  test('are never taken for thieves, whatever is lost, late or crossing, if retries come within the window', () =>
    fc.assert(
      fc.asyncProperty(rounds, async (played) => {
        const theatre = await Theatre.open();
        let jar = theatre.first;
        for (const turns of played) {
          jar = await playRound(theatre, jar, turns);
          theatre.clock.advance(2 * G);
        }
      }),
      { numRuns: 150 },
    ));
});

describe('any client presents any token, at any time', () => {
  type Event =
    /** A token that was issued before, counted from the newest. */
    | { readonly does: 'send'; readonly token: number; readonly core: number }
    | { readonly does: 'step'; readonly request: number; readonly fate: Fate }
    | { readonly does: 'wait'; readonly time: Millis }
    | { readonly does: 'revoke' };

  const event: fc.Arbitrary<Event> = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        does: fc.constant('send' as const),
        token: fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.nat(9) }),
        core: fc.nat(1),
      }),
    },
    {
      weight: 60,
      arbitrary: fc.record({ does: fc.constant('step' as const), request: fc.nat(3), fate: fates }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        does: fc.constant('wait' as const),
        time: fc.constantFrom(1, 10 * SECOND, G - 1, G, G + 1),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ does: 'revoke' as const }) },
  );

  /** Whether a token was retired longer than the window ago, or is no longer among the last that are kept, at a moment. */
  function isStale({ retirements }: Theatre, token: Hash2, at: Millis, live: Hash2): boolean {
    const order = [...retirements.keys()];
    // What was retired after this read does not count.
    const known = order.includes(live) ? order.slice(0, order.indexOf(live)) : order;
    const retiredAt = retirements.get(token)?.at;
    if (retiredAt === undefined) throw new Error('The token was never live');
    return at > retiredAt + G || !known.slice(-MAX_RETIRED).includes(token);
  }

  /** Theft if and only if the token was retired longer than the window before it was last looked at. */
  function check(theatre: Theatre, request: Request): void {
    const { httpStatus, status, token } = answerTo(request);
    if (httpStatus === 503) return;
    const { row, at } = request.lastRead ?? {};
    if (at === undefined) throw new Error('The row was not read');
    const presented = hash2(request.token);
    const retirement = theatre.retirements.get(presented);
    const isOwnWrite = retirement?.by === request && retirement.successor === row?.current;
    if (row === undefined || row.expiry <= at) expect(status).toBe('UNAUTHORISED');
    else if (isOwnWrite) expect([status, hash2(token ?? '')]).toEqual(['OK', row.current]);
    else if (row.current === presented) expect([status, hash2(token ?? '')]).toEqual(['OK', retirement?.successor]);
    else if (isStale(theatre, presented, at, row.current)) expect(status).toBe('TOKEN_THEFT_DETECTED');
    else expect([status, hash2(token ?? '')]).toEqual(['OK', row.current]);
  }

  class Stage {
    readonly #theatre: Theatre;
    readonly #tokens: string[];
    #underWay: Request[] = [];

    constructor(theatre: Theatre) {
      this.#theatre = theatre;
      this.#tokens = [theatre.first];
    }

    async take(event: Event): Promise<void> {
      switch (event.does) {
        case 'send':
          this.#underWay.push(
            this.#theatre.send(this.#tokens.at(-1 - (event.token % this.#tokens.length)) ?? '', event.core),
          );
          return;
        case 'step': {
          const request = this.#underWay[event.request % Math.max(1, this.#underWay.length)];
          if (request !== undefined) await this.#step(request, event.fate);
          return;
        }
        case 'wait':
          this.#theatre.clock.advance(event.time);
          return;
        case 'revoke':
          return this.#theatre.revoke();
      }
    }

    async #step(request: Request, fate: Fate): Promise<void> {
      await this.#theatre.step(request, fate);
      if (request.task.result === undefined) return;
      check(this.#theatre, request);
      this.#underWay = this.#underWay.filter((other) => other !== request);
      const { token } = answerTo(request);
      if (token !== undefined && !this.#tokens.includes(token)) this.#tokens.push(token);
    }

    async drain(): Promise<void> {
      for (let request = this.#underWay[0]; request !== undefined; request = this.#underWay[0]) {
        await this.#step(request, 'done');
      }
    }
  }

  test('it is theft if and only if the token was retired longer than the window ago, in process', () =>
    fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 80, size: 'max' }), async (events) => {
        const stage = new Stage(await Theatre.open());
        for (const one of events) await stage.take(one);
        await stage.drain();
      }),
      { numRuns: 150 },
    ));
});
