import { type Core, type CoreConfig, type CoreParts, createCore, type Store } from '../core/index.ts';
import { observeCoreCall } from './core-calls.ts';
import { reportCoreEvent } from './core-events.ts';
import { systemRandom } from './system-random.ts';

/** A core with the system's clock and randomness, which reports to log and metrics what an operator should know. */
export const createSystemCore = (store: Store, config: CoreConfig): Core =>
  observedCore(createCore(systemParts(store, config)));

/** What every core of this process is made of. */
export const systemParts = (store: Store, config: CoreConfig): CoreParts => ({
  store,
  clock: Date.now,
  random: systemRandom,
  config,
  report: reportCoreEvent,
});

/** The core, with its requests measured and noted for log and metrics. */
export const observedCore = (core: Core): Core => ({
  ...core,
  handle: (request) =>
    observeCoreCall({
      path: request.path,
      ask: () => core.handle(request),
      read: async ({ status, body }) => (status === 200 ? body : undefined),
    }),
});
