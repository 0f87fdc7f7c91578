import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../core/types.ts';

/** Unpredictable values from the operating system; fractions only spread load, so they need not be. */
export const systemRandom: Random = { bytes: randomBytes, uuid: randomUUID, fraction: Math.random };
