import type { Report } from './examination.ts';
import { type Finding, type FindingId, ok, problem, SEE, skipped } from './finding.ts';
import type { Answer, Ask } from './probe.ts';
import { inShort, noRoute } from './service.ts';
import { askRoute, COOKIE_NAMES, refresh, type Session, sessionIn, signOut } from './session.ts';
import { setCookiesOf } from './set-cookie.ts';
import type { Target } from './target.ts';

const WAYS = {
  cookie: {
    id: 'access-by-cookie',
    token: 'the access token in its cookie',
    fix: 'Let the header Cookie reach the functions: a CDN must forward cookies. Give all functions the same tables or core.',
  },
  header: {
    id: 'access-by-header',
    token: 'the access token in the header Authorization',
    fix: 'Let the header Authorization reach the functions, through a CDN or proxy too. Give all functions the same tables or core.',
  },
} as const satisfies Record<string, { id: FindingId; token: string; fix: string }>;

/** Whether a route that needs a session takes a fresh one. */
export async function accessFinding(ask: Ask, target: Target, session: Session): Promise<Finding> {
  const { id, token, fix } = WAYS[session.transfer];
  const answer = await askRoute(ask, target, session);
  if (answer.status === 404) return skipped(id, noRoute(answer));
  const observed = `${answer.asked} with ${token} answers ${inShort(answer)}.`;
  return answer.status < 300 ? ok(id, observed) : problem(id, observed, fix, SEE.trouble);
}

/**
 * Whether a refresh brings new tokens, and a retry with the old one the same ones again.
 * @param core the kind that `GET /health` names
 * @returns the session as it is then
 */
export async function examineRefresh(ask: Ask, target: Target, session: Session, core: unknown, report: Report) {
  const answer = await refresh(ask, target, session);
  const refreshed = sessionIn(answer, session.transfer);
  if (answer.status !== 200 || refreshed === undefined) {
    report(problem('refresh', `${answer.asked} with a new session answers ${inShort(answer)}.`, REFRESH, SEE.trouble));
    return session;
  }
  if (refreshed.refreshToken === session.refreshToken) {
    report(problem('refresh', `${answer.asked} returns the same refresh token again.`, SAME_AGAIN));
    return session;
  }
  report(ok('refresh', `${answer.asked} returns new tokens.`));
  const retried = await refresh(ask, target, session);
  return examineRetry(retried, refreshed, core, report);
}

const REFRESH =
  'Give all functions the same tables or core. With cookies of two sites, let the header rid reach the function auth.';
const SAME_AGAIN = 'Let the CDN cache discovery and JWKS only. A cache answers instead of the function auth.';

function examineRetry(retried: Answer, refreshed: Session, core: unknown, report: Report): Session {
  const { asked, status } = retried;
  const again = sessionIn(retried, refreshed.transfer);
  if (status !== 200 || again === undefined) {
    const observed = `${asked}, retried with the same refresh token at once, answers ${inShort(retried)}.`;
    const fix =
      'Set REFRESH_TOKEN_ROTATION_GRACE_PERIOD to more than 0 (30 by default). At 0, two tabs or a lost response log users out.';
    report(problem('refresh-retry', observed, fix, SEE.configuration));
    return refreshed;
  }
  if (again.refreshToken === refreshed.refreshToken) {
    report(ok('refresh-retry', 'A retry with the old refresh token returns the same successor.'));
  } else if (core === 'remote') {
    report(
      ok('refresh-retry', 'A retry with the old refresh token starts another branch, as a SuperTokens core does.'),
    );
  } else {
    const observed = `${asked}, retried with the same refresh token, returns another successor.`;
    report(problem('refresh-retry', observed, OTHER_SUCCESSOR, SEE.configuration));
  }
  return again;
}

const OTHER_SUCCESSOR =
  'Find what else writes to these tables. npm run core on them needs SUPERTOKENS_ROTATION=on-refresh and SUPERTOKENS_GRACE_REUSE=same.';

/** Signs out what the doctor has started, each session whatever becomes of the others, and sees whether that ends it. */
export async function signOutFinding(ask: Ask, target: Target, sessions: readonly Session[]): Promise<Finding> {
  const outcomes = await Promise.allSettled(sessions.map((session) => signOutFault(ask, target, session)));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
    if (outcome.value !== undefined) return outcome.value;
  }
  return ok('sign-out', 'It clears the tokens and ends the session.');
}

async function signOutFault(ask: Ask, target: Target, session: Session): Promise<Finding | undefined> {
  const answer = await signOutAtAnyAge(ask, target, session);
  if (answer.status !== 200) {
    const fix =
      'Sign the user out by POST /signout-everywhere. Give the function auth the role and tables of a session function.';
    return problem('sign-out', `${answer.asked} answers ${inShort(answer)}.`, fix);
  }
  if (!clearsTokens(answer, session)) {
    const fix = 'Let Set-Cookie and st-access-token of this response pass the CDN or proxy too.';
    return problem('sign-out', `${answer.asked} does not clear the client's tokens.`, fix);
  }
  const afterwards = await refresh(ask, target, session);
  if (afterwards.status === 401) return undefined;
  const observed = `${afterwards.asked} after the sign-out answers ${inShort(afterwards)}, instead of 401.`;
  return problem('sign-out', observed, SAME_AGAIN);
}

/** Access tokens may live for seconds only; a sign-out needs a good one. */
async function signOutAtAnyAge(ask: Ask, target: Target, session: Session): Promise<Answer> {
  const answer = await signOut(ask, target, session);
  if (answer.status !== 401) return answer;
  const refreshed = sessionIn(await refresh(ask, target, session), session.transfer);
  return refreshed === undefined ? answer : signOut(ask, target, refreshed);
}

function clearsTokens({ headers }: Answer, { transfer }: Session): boolean {
  if (transfer === 'header') return headers.get('st-access-token') === '';
  return setCookiesOf(headers).some(({ name, isRemoval }) => name === COOKIE_NAMES.access && isRemoval);
}
