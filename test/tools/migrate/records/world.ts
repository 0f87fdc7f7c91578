import { emptyTally, type Tally } from '../../../../lib/tools/migrate/records/move.ts';
import { type RecordJob, runPass } from '../../../../lib/tools/migrate/records/pass.ts';
import { compareRecords } from '../../../../lib/tools/migrate/records/verify.ts';
import { ManualClock } from '../../../fixtures/core.ts';
import { Killed } from '../killed-pass.ts';
import { MemoryAgreements, MemoryPasses } from './memory-notes.ts';
import { type MemorySide, PiecemealSide, Process, THINGS, type Thing, TransactionalSide } from './memory-sides.ts';

export type SideName = 'official' | 'ours';

export const otherThan = (side: SideName): SideName => (side === 'ours' ? 'official' : 'ours');

/** What a pass came to. */
export interface PassResult {
  readonly tally: Tally;
  /** The reason of each record that was listed, by its key. */
  readonly listed: ReadonlyMap<string, string>;
  readonly printed: readonly string[];
}

/** Two cores in memory, and the passes between them. */
export class World {
  readonly clock = new ManualClock(1_000_000);
  readonly sides: Readonly<Record<SideName, MemorySide>> = {
    official: new TransactionalSide(),
    ours: new PiecemealSide(),
  };
  /** The users of both sides, if what is moved is something else. */
  users: Readonly<Record<SideName, MemorySide>> = this.sides;
  readonly agreements = new MemoryAgreements();
  readonly #passes: Readonly<Record<SideName, MemoryPasses>> = {
    official: new MemoryPasses(),
    ours: new MemoryPasses(),
  };

  /** @returns what the pass came to, as far as it came if it was killed */
  async pass(from: SideName, process = new Process(), isDryRun = false): Promise<PassResult> {
    const printed: string[] = [];
    let tally = emptyTally();
    try {
      ({ tally } = await runPass(this.#job(from, process, isDryRun, printed)));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    const lines = printed.map((line) => /^Not moved: thing ([^:]+): (.*)$/.exec(line));
    return { tally, printed, listed: new Map(lines.map((line) => [line?.[1] ?? '', line?.[2] ?? ''])) };
  }

  async verify(from: SideName) {
    const printed: string[] = [];
    const process = new Process(1);
    const comparison = await compareRecords(this.#job(from, process, false, printed));
    return { ...comparison, printed };
  }

  #job(from: SideName, process: Process, isDryRun: boolean, printed: string[]): RecordJob<Thing, string, string> {
    return {
      kind: THINGS,
      source: this.sides[from].seenBy(process),
      target: this.sides[otherThan(from)].seenBy(process),
      agreements: this.agreements.seenBy(process),
      passes: this.#passes[from].seenBy(process),
      users: { source: this.users[from].seenBy(process), target: this.users[otherThan(from)].seenBy(process) },
      isDryRun,
      clock: this.clock.now,
      terminal: { print: (text) => void printed.push(text), notify: () => undefined },
      output: { write: () => true },
    };
  }
}
