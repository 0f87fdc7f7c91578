import { AsyncLocalStorage } from 'node:async_hooks';

/** What the running sign-in does while its session is created. */
const signIn = new AsyncLocalStorage<() => Promise<void>>();

/** Answers a sign-in. Calls `work` once a recipe has accepted the user, and while it creates the session. */
export const whileSessionBegins = <T>(work: () => Promise<void>, answer: () => Promise<T>): Promise<T> =>
  signIn.run(work, answer);

/** A recipe has accepted the user of this request. */
export const sessionBegins = async (): Promise<void> => signIn.getStore()?.();
