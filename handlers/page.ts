import { pageFunction } from '../lib/http/page.ts';

/** GET /: the demo page, on every stage but prod. */
export const handler = pageFunction();
