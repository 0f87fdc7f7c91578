import { byId, make } from './dom.ts';
import type { FrontToken } from './stored-tokens.ts';

/** A user may want to wait for the end of an access token that lasts no longer, s. */
const SHORT = 120;

/** What claims are for, where SuperTokens or RFC 7519 says it. */
const MEANINGS: Readonly<Record<string, string>> = {
  sub: 'the user',
  iat: 'issued',
  exp: 'expires',
  iss: 'the issuer',
  aud: 'the audience',
  sessionHandle: 'the session',
  tId: 'the tenant',
  rsub: 'the id of the login method',
  stt: 'the kind of token',
  refreshTokenHash1: 'a hash of the refresh token that goes with it',
  parentRefreshTokenHash1: 'a hash of the refresh token before that',
  antiCsrfToken: 'to be sent as a header, too',
  'st-ev': 'whether the e-mail is verified (v), and when that was read (t)',
  'st-role': "the user's roles",
  'st-perm': 'the permissions of these roles',
};

/**
 * Shows a session: its access token's time, which passes, and its claims.
 * @param now by the API's clock, ms
 */
export function showSession(token: FrontToken, now: number): void {
  showTime(token, now);
  const claims = byId('claims', HTMLElement);
  // Only if the claims are new: the user may be reading them, or copying.
  const version = JSON.stringify(token.claims);
  if (claims.dataset.version === version) return;
  claims.dataset.version = version;
  byId('user-id', HTMLElement).textContent = token.userId;
  byId('handle', HTMLElement).textContent = String(token.claims.sessionHandle);
  claims.replaceChildren(...Object.entries(token.claims).map(claimLine));
  byId('lifetime-hint', HTMLElement).textContent = hintFor(lifetimeOf(token));
}

function showTime(token: FrontToken, now: number): void {
  const left = Math.max(0, (token.expires - now) / 1000);
  const lifetime = lifetimeOf(token);
  const isExpired = left === 0;
  const dial = byId('dial', HTMLElement);
  dial.dataset.state = isExpired ? 'expired' : left <= lifetime * 0.2 ? 'soon' : 'fresh';
  byId('hand', SVGElement).setAttribute('stroke-dasharray', `${Math.min(100, (100 * left) / lifetime)} 100`);
  setText('left', isExpired ? 'expired' : clockText(Math.ceil(left)));
  setText('left-unit', isExpired ? '' : 'left');
  setText('expiry-text', isExpired ? EXPIRED : GOOD);
}

const GOOD =
  'The access token is valid until the time is up. Routes accept it without a look into the database, so it is short-lived.';
const EXPIRED =
  'The access token has expired. Nothing happens until the next request; then the SDK refreshes it by itself.';

const hintFor = (lifetime: number): string =>
  lifetime <= SHORT
    ? `Access tokens last ${lifetime} s here. Wait, then call the API.`
    : `Access tokens last ${Math.round(lifetime / 60)} min here. To watch one expire: ${SHORTER}`;

const SHORTER = 'npm run dev -- --access-token-validity 20';

/** s */
const lifetimeOf = ({ claims: { iat, exp } }: FrontToken): number => Math.max(1, Number(exp) - Number(iat));

/** `1:00:00`, `4:05`, `0:09`. */
function clockText(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const last = `${rest}`.padStart(2, '0');
  return hours > 0 ? `${hours}:${`${minutes}`.padStart(2, '0')}:${last}` : `${minutes}:${last}`;
}

function claimLine([name, value]: [string, unknown]): HTMLElement {
  const meaning = MEANINGS[name];
  const isTime = name === 'iat' || name === 'exp';
  const text = isTime
    ? `${String(value)} (${new Date(Number(value) * 1000).toLocaleTimeString([], { hour12: false })})`
    : plain(value);
  return make(
    'div',
    {},
    make(
      'dt',
      {},
      make('code', { className: 'claim' }, name),
      ...(meaning === undefined ? [] : [make('span', { className: 'muted' }, meaning)]),
    ),
    make('dd', {}, make('code', {}, text)),
  );
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Leaves the document alone where nothing changes: this runs several times a second. */
function setText(id: string, text: string): void {
  const element = byId(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}
