import type { Report } from './examination.ts';
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
  report: Report,
): Promise<Session | undefined> {
  const answer = await logIn(ask, target, login, 'cookie');
  if (!isLoggedIn(answer)) return reportRefused(report, 'log-in', answer);
  report(ok('log-in', `${answer.asked} is answered ${answer.status}.`));
  const session = sessionIn(answer, 'cookie');
  if (session !== undefined) {
    report(ok('cookies', 'sAccessToken and sRefreshToken are set.'));
    return session;
  }
  const inHeaders = sessionIn(answer, 'header');
  const fix = inHeaders === undefined ? NO_TOKENS : HEADER_TOKENS;
  report(problem('cookies', `${answer.asked} sets no sAccessToken or no sRefreshToken.`, fix));
  return inHeaders;
}

const NO_TOKENS = 'Set-Cookie must pass the CDN or proxy. The doctor cannot sign out without tokens.';
const HEADER_TOKENS =
  'It answers with header tokens: the request header st-auth-mode must reach the functions (CDN, proxy).';

/** Starts a session with tokens in headers, of a user who is there by now. */
export async function startHeaderSession(
  ask: Ask,
  target: Target,
  login: Login,
  report: Report,
): Promise<Session | undefined> {
  const answer = await logIn(ask, target, { ...login, isNew: false }, 'header');
  if (!isLoggedIn(answer)) return reportRefused(report, 'header-mode', answer);
  const session = sessionIn(answer, 'header');
  if (session !== undefined) {
    report(ok('header-mode', 'st-auth-mode: header is answered with st-access-token and st-refresh-token.'));
    return session;
  }
  const observed = `${answer.asked} with st-auth-mode: header brings no st-access-token or no st-refresh-token.`;
  const fix =
    'The request header st-auth-mode, and these two of the answer, must pass the CDN or proxy. The doctor cannot sign out without tokens.';
  report(problem('header-mode', observed, fix, SEE.trouble));
  return undefined;
}

/** SuperTokens refuses a log-in with 200, too. The body says why. */
const isLoggedIn = ({ status, json }: Answer): boolean => status === 200 && json?.status === 'OK';

function reportRefused(report: Report, id: FindingId, answer: Answer): undefined {
  const observed = `${answer.asked} answers ${inShort(answer)}.`;
  if (answer.status === 429) report(skipped(id, `${observed} Log-ins are limited in windows of 15 minutes.`));
  else report(problem(id, observed, whyRefused(answer), SEE.login));
  return undefined;
}

function whyRefused({ status, json }: Answer): string {
  if (json?.status === 'WRONG_CREDENTIALS_ERROR')
    return 'Check --email and the password. --sign-up tries with a user of its own.';
  if (status === 200) return 'An override in lib/app/recipes.ts rejects the log-in, or has other fields.';
  if (status === 404)
    return 'Check --base-path. If your users sign in by another route, run without --email and --sign-up.';
  if (status === 503) return STARTED_BUT_ALONE;
  return 'Read the log of the function user: tables, role, time and memory for hashing.';
}
