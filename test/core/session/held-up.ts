import type { CoreConfig } from '../../../lib/core/index.ts';
import type { SessionStore } from '../../../lib/core/session/store/session-store.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import type { CoreEvent, SessionHandle } from '../../../lib/core/types.ts';
import { IN_PROCESS, type RefreshOptions, refresh } from '../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { pausingBefore } from '../../fixtures/store-wrappers.ts';
import { database } from './rotation-database.ts';

/** Another process of the same installation, at the same time. */
export const another = (
  { clock }: TestCore,
  store: Store = database.store,
  config: Partial<CoreConfig> = {},
): TestCore => makeTestCore(store, { ...IN_PROCESS, ...config }, clock);

export const storedCurrent = async (handle: SessionHandle) => (await database.store.sessions.get(handle))?.current;

/** Something is begun on a core that is held up at a place in its store; meanwhile others work; then it goes on. */
export async function heldUp<T>(
  core: TestCore,
  method: keyof SessionStore,
  begin: (paused: TestCore) => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly answer: T; readonly events: readonly CoreEvent[] }> {
  const { store, reached, resume } = pausingBefore(database.store, method);
  const paused = another(core, store);
  const pending = begin(paused);
  await reached;
  await meanwhile();
  resume();
  return { answer: await pending, events: paused.events };
}

/** A refresh whose core read the row, and is held up before it writes. */
export const refreshHeldUp = (
  core: TestCore,
  token: string,
  meanwhile: () => Promise<unknown>,
  options?: RefreshOptions,
) => heldUp(core, 'rotate', (paused) => refresh(paused, token, options), meanwhile);
