import { MAX_CLAIMS_BYTES } from '../../config/service-config.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { type Session, sessionHeaders } from './session.ts';
import { refreshPathOf, type Target } from './target.ts';

/** API Gateway, HTTP APIs: request line and headers together, bytes. */
const HEADER_LIMIT = 10_240;
/** What is to be left for cookies of others on the same domain (analytics, consent), bytes. */
const RESERVE = 2048;

/** What is added to the session's headers: by Chromium on a desktop, and by SuperTokens' frontend to a refresh. */
const BROWSER_HEADERS = {
  connection: 'keep-alive',
  'content-length': '0',
  'sec-ch-ua-platform': '"Windows"',
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'sec-ch-ua': '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
  'content-type': 'application/json',
  'sec-ch-ua-mobile': '?0',
  accept: '*/*',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-US,en;q=0.9',
  priority: 'u=1, i',
  'fdi-version': '1.16,1.17,1.18,1.19,2.0,3.0,3.1,4.0,4.1',
};

/** Counts what a browser sends with the longest of a session's requests. */
export function headerBytesFinding(sessions: readonly Session[], target: Target): Finding {
  const sizes = sessions.map((session) => ({ bytes: requestBytes(session, target), session }));
  const largest = sizes.reduce((one, other) => (other.bytes > one.bytes ? other : one));
  const { bytes, session } = largest;
  const observed = `With its tokens in ${session.transfer}s a browser sends ${bytes} B of request line and headers. API Gateway accepts ${HEADER_LIMIT}`;
  const fix =
    `Put less into the access token. Its claims may have ${MAX_CLAIMS_BYTES} B of JSON at most. Browsers send the token in each ` +
    'request, and also in the front token if the API and the website have one host.';
  if (bytes > HEADER_LIMIT) return problem('header-bytes', `${observed}, and rejects more.`, fix);
  if (bytes <= HEADER_LIMIT - RESERVE) return ok('header-bytes', `${observed}.`);
  return warning(
    'header-bytes',
    `${observed}: ${HEADER_LIMIT - bytes} B are left for all other cookies of this domain.`,
    fix,
  );
}

const requestBytes = (session: Session, target: Target): number =>
  Math.max(bytesWith(session, 'access', target), bytesWith(session, 'refresh', target));

function bytesWith(session: Session, kind: 'access' | 'refresh', target: Target): number {
  const { cookie, ...headers } = sessionHeaders(session, kind, target);
  const cookies = [cookie ?? [], websiteCookies(session, target)].flat();
  const all = {
    ...BROWSER_HEADERS,
    host: new URL(target.api).host,
    referer: `${target.website}/`,
    ...headers,
    ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.byteLength([`POST ${refreshPathOf(target)} HTTP/1.1`, ...lines].map((line) => `${line}\r\n`).join(''));
}

/**
 * If the API has the website's host, it also gets the cookies that SuperTokens' web SDK keeps for itself. Ports do not
 * count.
 */
function websiteCookies({ transfer, ...session }: Session, { api, website }: Target): string[] {
  if (new URL(api).hostname !== new URL(website).hostname) return [];
  const { frontToken, accessToken, refreshToken, antiCsrf } = session;
  return [
    `sFrontToken=${frontToken}`,
    `st-last-access-token-update=${Date.UTC(2026, 0)}`,
    ...(antiCsrf === undefined ? [] : [`sAntiCsrf=${antiCsrf}`]),
    ...(transfer === 'header' ? [`st-access-token=${accessToken}`, `st-refresh-token=${refreshToken}`] : []),
  ];
}
