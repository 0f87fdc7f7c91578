import { type HapiServer, headersOf } from './hapi.ts';

/** Not of the reserved domain `.invalid`, with which the doctor tries an origin that no website has. */
const ORIGIN = /^https?:\/\/(?!.*\.invalid$)[\w.:[\]-]+$/;

/**
 * Prints how to allow a website that the API does not allow, once for each. The browser does not name the setting.
 * @param websites the allowed ones, separated by commas
 * @param ownOrigin the API's, which the demo page has
 */
export function explainForeignOrigins(server: HapiServer, websites: string, ownOrigin: string): void {
  const known = new Set([ownOrigin]);
  server.events.on('response', (request) => {
    const { origin } = request.headers;
    if (origin === undefined || !ORIGIN.test(origin) || known.has(origin)) return;
    if ('access-control-allow-origin' in headersOf(request)) return;
    known.add(origin);
    process.stdout.write(
      `CORS: pages of ${origin} may not read this response. To allow them, restart with: ` +
        `npm run dev -- --website ${websites},${origin}\n`,
    );
  });
}
