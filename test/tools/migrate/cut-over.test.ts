import { EXIT } from '../../../lib/tools/command-line.ts';
import {
  createSession,
  IN_PROCESS,
  type Issued,
  OVER_HTTP,
  objectIn,
  refresh,
  refreshed,
  revoke,
  textIn,
  verify,
} from '../../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, type TestCore } from '../../fixtures/core.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, makeStage, type Stage } from './installation.ts';

const MINUTE = 60_000;
/** Between two visits, minutes. */
const STEP = 10;

let database: PostgresDatabase;

/** Numbers from 0 up to 1 that are the same in every run (Park and Miller's generator). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A core that some of the backends ask at the time. */
type Backend = readonly [TestCore, version: string];

interface Visitor {
  readonly tokens: Issued;
  /** Where they logged in. Another core may not have heard of them yet, and cannot log them out. */
  readonly home: Backend;
}

/** People with browsers: each comes again with every step, and refreshes when the access token has expired. */
class Visitors {
  readonly #clock: ManualClock;
  readonly #random: () => number;
  readonly #present: Visitor[] = [];
  readonly #gone: Issued[] = [];

  constructor(clock: ManualClock, seed: number) {
    this.#clock = clock;
    this.#random = numbersFrom(seed);
  }

  /** Time passes, while each request goes to any of the backends; with each step some log in, and some out. */
  async come(minutes: number, backends: readonly Backend[]): Promise<void> {
    for (let passed = 0; passed < minutes; passed += STEP) {
      this.#clock.advance(STEP * MINUTE);
      if (this.#random() < 0.5) await this.#arrive(this.#any(backends));
      for (const [index, visitor] of this.#present.entries()) {
        this.#present[index] = { ...visitor, tokens: await this.#visit(visitor.tokens, this.#any(backends)) };
      }
      if (this.#random() < 0.3) await this.#leave(backends);
    }
  }

  /** A user who has logged out stays so. The others need not log in again. */
  async expectAllAsTheyWere([core, version]: Backend): Promise<void> {
    expect(this.#gone.length).toBeGreaterThan(0);
    for (const { refreshToken } of this.#gone) {
      expect(await refresh(core, refreshToken, { version })).toMatchObject({ status: 'UNAUTHORISED' });
    }
    for (const [index, visitor] of this.#present.entries()) {
      this.#present[index] = { ...visitor, tokens: await refreshed(core, visitor.tokens.refreshToken, { version }) };
    }
  }

  #any<T>(things: readonly T[]): T {
    return things[Math.floor(this.#random() * things.length)] as T;
  }

  async #arrive(home: Backend): Promise<void> {
    const [core, version] = home;
    const tokens = await createSession(core, { userId: `user-${this.#random()}`, version });
    this.#present.push({ tokens, home });
  }

  async #visit(visitor: Issued, [core, version]: Backend): Promise<Issued> {
    if (visitor.accessExpiry <= this.#clock.now()) return refreshed(core, visitor.refreshToken, { version });
    const answer = await verify(core, visitor.accessToken, { version });
    expect(answer).toMatchObject({ status: 'OK' });
    // The first use of a child, up to CDI 5.5.
    return 'accessToken' in answer
      ? { ...visitor, accessToken: textIn(objectIn(answer, 'accessToken'), 'token') }
      : visitor;
  }

  async #leave(backends: readonly Backend[]): Promise<void> {
    const [visitor] = this.#present.splice(Math.floor(this.#random() * this.#present.length), 1);
    if (visitor === undefined) return;
    const [core] = backends.find((backend) => backend === visitor.home) ?? this.#any(backends);
    await revoke(core, visitor.tokens.handle);
    this.#gone.push(visitor.tokens);
  }
}

/** Moves sessions out of a stage into the database, or from there into a stage. */
async function move(stage: Stage, ...[direction, ...options]: string[]): Promise<void> {
  const option = direction === 'import' ? '--from' : '--to';
  const { code, output } = await stage.migrate(direction ?? '', option, database.address, ...options);
  if (code !== EXIT.done) throw new Error(output);
}

describeMigrating('a cut-over with zero downtime', (servers) => {
  beforeEach(async () => {
    database = await servers().postgres.createDatabase();
  });

  // A core by the official rules stands for the official core; what it keeps is exported into PostgreSQL.
  test.each([
    ['5.4', 1],
    ['5.6', 4],
  ])('logs no user out, nor back in, there and back (CDI %s, history %d)', async (version, seed) => {
    const { endpoint } = servers().dynamoDb;
    const clock = new ManualClock(Date.now());
    const [before, ours, after] = [
      await makeStage(endpoint, clock),
      await makeStage(endpoint, clock),
      await makeStage(endpoint, clock),
    ];
    const official: Backend = [makeTestCore(before.store, OVER_HTTP, clock), version];
    const builtIn: Backend = [makeTestCore(ours.store, IN_PROCESS, clock), '5.4'];
    const visitors = new Visitors(clock, seed);

    await visitors.come(90, [official]);
    await move(before, 'export');
    await move(ours, 'import');
    await visitors.come(120, [official]);
    // Steps 4 to 6: within 50 minutes, in which backends ask either core.
    await move(before, 'export');
    await move(ours, 'import', '--since', 'last');
    await visitors.come(10, [official]);
    await visitors.come(40, [official, builtIn]);
    await move(before, 'export');
    await move(ours, 'import', '--since', 'last');
    await visitors.come(150, [builtIn]);
    await visitors.expectAllAsTheyWere(builtIn);

    // Back again.
    await move(ours, 'export');
    await move(after, 'import');
    const officialAgain: Backend = [makeTestCore(after.store, OVER_HTTP, clock), version];
    await visitors.come(50, [builtIn, officialAgain]);
    await move(ours, 'export');
    await move(after, 'import', '--since', 'last');
    await visitors.come(150, [officialAgain]);
    await visitors.expectAllAsTheyWere(officialAgain);
  });
});
