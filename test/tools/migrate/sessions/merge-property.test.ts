import fc from 'fast-check';
import type { SessionHandle } from '../../../../lib/core/types.ts';
import { emptyTally, followChanges, type Move, movePage } from '../../../../lib/tools/migrate/sessions/move.ts';
import { fingerprintOf, type Session } from '../../../../lib/tools/migrate/sessions/session.ts';
import { ManualClock } from '../../../fixtures/core.ts';
import { Killed, MortalProcess } from '../killed-pass.ts';
import { ListedSide, MemoryAgreements, type MemorySide, TransactionalSide } from './memory-sides.ts';

type SideName = 'official' | 'ours';

/** One thing that happens. */
type Event =
  | { readonly kind: 'create' | 'claims' | 'rotate' | 'revoke'; readonly side: SideName; readonly session: number }
  /** A move from that side to the other, killed before its nth write if it comes so far. */
  | { readonly kind: 'pass'; readonly side: SideName; readonly killedAt: number | undefined };

const SESSIONS = 3;
const VALIDITY = 1_000_000;

const side = fc.constantFrom<SideName>('official', 'ours');
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('create', 'claims', 'rotate', 'revoke'),
    side,
    session: fc.nat(SESSIONS - 1),
  }),
  fc.record({
    kind: fc.constant('pass'),
    side,
    killedAt: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  }),
);

/** Two cores, and the passes between them. */
class World {
  readonly clock = new ManualClock(1_000_000);
  readonly sides: Readonly<Record<SideName, MemorySide>> = {
    official: new TransactionalSide(),
    ours: new ListedSide(),
  };
  readonly #agreements = new MemoryAgreements();
  /** Sessions that a core has revoked. */
  readonly revoked = new Set<SessionHandle>();
  /** What cores have done to each session. */
  readonly histories = new Map<SessionHandle, { readonly by: Set<SideName>; readonly states: Session[] }>();
  /** The state that each state was made from, by their fingerprints. */
  readonly #parents = new Map<string, string | undefined>();
  #claims = 0;

  async take(happening: Event): Promise<void> {
    this.clock.advance(1);
    if (happening.kind === 'pass') {
      await this.pass(happening.side, new MortalProcess(happening.killedAt));
      return;
    }
    const handle = `session-${happening.session}` as SessionHandle;
    const core = this.sides[happening.side];
    const session = core.get(handle);
    // Handles are random: no core makes the same one twice.
    if (happening.kind === 'create' && !this.histories.has(handle)) core.create(handle, this.clock.now(), VALIDITY);
    else if (session === undefined || happening.kind === 'create') return;
    else if (happening.kind === 'claims') core.setClaims(session, { claims: ++this.#claims });
    else if (happening.kind === 'rotate') core.rotate(session, this.clock.now(), VALIDITY);
    else {
      core.revoke(handle);
      this.revoked.add(handle);
    }
    this.#note(handle, happening.side, session);
  }

  #note(handle: SessionHandle, by: SideName, before: Session | undefined): void {
    const history = this.histories.get(handle) ?? { by: new Set(), states: [] };
    this.histories.set(handle, history);
    history.by.add(by);
    const after = this.sides[by].get(handle);
    if (after === undefined) return;
    history.states.push(after);
    this.#parents.set(fingerprintOf(after), before && fingerprintOf(before));
  }

  /** Whether the later state has all that the earlier one had. */
  isIn(earlier: Session, later: Session): boolean {
    const wanted = fingerprintOf(earlier);
    for (let state: string | undefined = fingerprintOf(later); state !== undefined; state = this.#parents.get(state)) {
      if (state === wanted) return true;
    }
    return false;
  }

  /** @returns the sessions that were reported as not moved */
  async pass(from: SideName, mortal = new MortalProcess()): Promise<ReadonlySet<string>> {
    const [source, target] = [this.sides[from], this.sides[from === 'ours' ? 'official' : 'ours']];
    const move: Move<string, string> = {
      source: source.seenBy(mortal),
      target: target.seenBy(mortal),
      agreements: this.#agreements.seenBy(mortal),
      clock: this.clock.now,
      isDryRun: false,
      tally: emptyTally(),
      refusedHandles: new Set(),
      onRefused: () => undefined,
    };
    try {
      await movePage(move, { sessions: source.all(), refused: [] });
      await followChanges(
        move,
        () => true,
        () => undefined,
      );
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    return move.refusedHandles;
  }
}

const fingerprint = (session: Session | undefined) => session && fingerprintOf(session);

describe('whatever two cores do with their sessions, and wherever passes between them are killed,', () => {
  test('a pass in each direction brings both sides together, and undoes nothing', async () => {
    const histories = fc.array(event, { minLength: 5, maxLength: 30 });
    const property = fc.asyncProperty(histories, side, async (history, first) => {
      const world = new World();
      for (const happening of history) await world.take(happening);
      const reported = new Set<string>();
      for (const from of [first, first === 'ours' ? 'official' : 'ours'] as const) {
        for (const handle of await world.pass(from)) reported.add(handle);
      }
      for (const [handle, { by, states }] of world.histories) {
        const [official, ours] = [world.sides.official.get(handle), world.sides.ours.get(handle)];
        if (world.revoked.has(handle)) {
          // A revocation wins over everything.
          expect({ handle, official, ours }).toEqual({ handle, official: undefined, ours: undefined });
        } else if (reported.has(handle)) {
          expect(by.size).toBe(2);
        } else if (ours !== undefined) {
          expect(fingerprint(ours)).toBe(fingerprint(official));
          // Nothing is lost but to a later refresh.
          const isKept = (state: Session) => world.isIn(state, ours) || ours.expiry > state.expiry;
          expect(states.filter((state) => !isKept(state))).toEqual([]);
        } else throw new Error(`${handle} is lost`);
      }
    });
    await fc.assert(property, { numRuns: 2000 });
  });
});
