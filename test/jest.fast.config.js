import { fast, options } from '../jest.config.js';

/** `npm test`: the user's tests, and those of the engine that are fast. */
export default { ...fast, ...options, rootDir: '..' };
