import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceivedMessage } from '../../mail/mailbox.ts';
import { foreignRequest } from '../foreign-request.ts';
import type { HapiRequest, HapiServer } from './hapi.ts';

/** As many mails and text messages as are kept. */
const MOST_MESSAGES = 100;

/**
 * Serves the mails and text messages that functions have sent, newest first, at `GET /dev/mailbox`. Pages of other origins cannot read them:
 * the links in them log users in.
 * @param folder the mailbox
 */
export function serveMailbox(server: HapiServer, folder: string): void {
  server.route({
    method: 'GET',
    path: '/dev/mailbox',
    async handler(request, h) {
      const refusal = foreignRequest(withoutOwnPage(request.headers));
      if (refusal !== undefined) return h.response({ message: refusal }).code(403);
      return h.response(await readMailbox(folder));
    },
  });
}

/** The demo page has the API's own origin. */
function withoutOwnPage(headers: HapiRequest['headers']): HapiRequest['headers'] {
  const { 'sec-fetch-site': site, ...others } = headers;
  return site === 'same-origin' ? others : headers;
}

async function readMailbox(folder: string): Promise<ReceivedMessage[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort(newestFirst);
  const kept = names.slice(0, MOST_MESSAGES);
  await Promise.all(names.slice(MOST_MESSAGES).map((name) => rm(join(folder, name), { force: true })));
  return Promise.all(
    kept.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as ReceivedMessage),
  );
}

/** A file's name begins with the time of its message, in ms. */
const newestFirst = (a: string, b: string): number => Number.parseInt(b, 10) - Number.parseInt(a, 10);
