import { options, slow } from '../jest.config.js';

/** `npm run test:slow`: what .ci/run runs beside `npm test`. */
export default { ...slow, ...options, rootDir: '..' };
