import { type Core, type CoreConfig, createCore, type Store } from './core/index.ts';
import { reportCoreEvent } from './report.ts';
import { systemRandom } from './system-random.ts';

/** A core by the system's clock and randomness, which tells the log what an operator should know. */
export const createSystemCore = (store: Store, config: CoreConfig): Core =>
  createCore({ store, clock: Date.now, random: systemRandom, config, report: reportCoreEvent });
