import type { Tell } from './examination.ts';
import { type FindingId, ok, problem, SEE, skipped } from './finding.ts';
import type { Answer, Ask } from './probe.ts';
import { inShort, STARTED_BUT_ALONE } from './service.ts';
import { type Login, logIn, type Session, sessionIn } from './session.ts';
import type { Target } from './target.ts';

/** Starts a session with tokens in cookies. @returns it, or one with tokens in headers if that is what came */
export async function startCookieSession(
  ask: Ask,
  target: Target,
  login: Login,
  tell: Tell,
): Promise<Session | undefined> {
  const answer = await logIn(ask, target, login, 'cookie');
  if (!isLoggedIn(answer)) return tellRefused(tell, 'log-in', answer);
  tell(ok('log-in', `${answer.asked} is answered ${answer.status}.`));
  const session = sessionIn(answer, 'cookie');
  if (session !== undefined) {
    tell(ok('cookies', 'sAccessToken and sRefreshToken are set.'));
    return session;
  }
  const inHeaders = sessionIn(answer, 'header');
  const mend = inHeaders === undefined ? NO_TOKENS : HEADER_TOKENS;
  tell(problem('cookies', `${answer.asked} sets no sAccessToken or no sRefreshToken.`, mend));
  return inHeaders;
}

const NO_TOKENS =
  'Set-Cookie must pass the CDN or proxy, and the log-in must make a session (startSession). The doctor cannot sign out without tokens.';
const HEADER_TOKENS =
  'It answers with header tokens: the request header st-auth-mode must reach the functions (CDN, proxy).';

/** Starts a session with tokens in headers, of a user who is there by now. */
export async function startHeaderSession(
  ask: Ask,
  target: Target,
  login: Login,
  tell: Tell,
): Promise<Session | undefined> {
  const answer = await logIn(ask, target, { ...login, isNew: false }, 'header');
  if (!isLoggedIn(answer)) return tellRefused(tell, 'header-mode', answer);
  const session = sessionIn(answer, 'header');
  if (session !== undefined) {
    tell(ok('header-mode', 'st-auth-mode: header is answered with st-access-token and st-refresh-token.'));
    return session;
  }
  const seen = `${answer.asked} with st-auth-mode: header brings no st-access-token or no st-refresh-token.`;
  const mend =
    'The request header st-auth-mode, and these two of the answer, must pass the CDN or proxy. The doctor cannot sign out without tokens.';
  tell(problem('header-mode', seen, mend, SEE.trouble));
  return undefined;
}

const isLoggedIn = ({ status }: Answer): boolean => status === 200 || status === 201;

function tellRefused(tell: Tell, id: FindingId, answer: Answer): undefined {
  const seen = `${answer.asked} answers ${inShort(answer)}.`;
  if (answer.status === 429) tell(skipped(id, `${seen} Log-ins are limited in windows of 15 minutes.`));
  else tell(problem(id, seen, whyRefused(answer), SEE.login));
  return undefined;
}

function whyRefused({ status }: Answer): string {
  if (status === 401) return 'Look at --email and the password; --sign-up tries with a user of its own.';
  if (status === 400) return 'The log-in takes {email, password}: look at --email and the password.';
  if (status === 404) return 'If users log in in another way, run without --email and --sign-up.';
  if (status === 503) return STARTED_BUT_ALONE;
  return 'Look at the log of the functions login and signup: tables, roles, time and memory for hashing.';
}
