import { type Core, type CoreConfig, createCore, type Store } from '../core/index.ts';
import { observeCoreCall } from './core-calls.ts';
import { reportCoreEvent } from './core-events.ts';
import { systemRandom } from './system-random.ts';

/** A core by the system's clock and randomness, which tells log and metrics what an operator should know. */
export function createSystemCore(store: Store, config: CoreConfig): Core {
  const core = createCore({ store, clock: Date.now, random: systemRandom, config, report: reportCoreEvent });
  return {
    ...core,
    handle: (request) =>
      observeCoreCall({
        path: request.path,
        ask: () => core.handle(request),
        read: async ({ status, body }) => (status === 200 ? body : undefined),
      }),
  };
}
