import { availableParallelism } from 'node:os';
import { fast, options } from '../jest.config.js';

/**
 * `npm test`: the user's tests, and those of the engine that are fast. With two cores, a fourth worker saves 11 of 126 s, because
 * these tests often wait for services and time limits.
 */
export default { ...fast, ...options, rootDir: '..', maxWorkers: availableParallelism() + 2 };
