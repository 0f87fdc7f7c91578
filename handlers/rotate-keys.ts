import { keyFunction } from '../lib/server/key-function.ts';

/** Every hour: makes the next signing key if it is due. */
export const handler = keyFunction();
