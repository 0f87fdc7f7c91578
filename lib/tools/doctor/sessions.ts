import type { JWK } from 'jose';
import {
  audienceFinding,
  claimsOf,
  issuerClaimFinding,
  jwtAuthorizerFinding,
  signatureFinding,
} from './access-token.ts';
import { clockFinding } from './clocks.ts';
import { cookieFindings, removedCookieFindings } from './cookies.ts';
import type { Examination } from './examination.ts';
import { problem, SUBJECTS } from './finding.ts';
import { headerBytesFinding } from './header-bytes.ts';
import { startCookieSession, startHeaderSession } from './log-in.ts';
import type { Answer, Ask } from './probe.ts';
import type { Login, Session } from './session.ts';
import { accessFinding, examineRefresh, signOutFinding } from './session-life.ts';
import { issuerOf, type Target } from './target.ts';

/** What has been observed before any session. */
export interface Known {
  /** That the discovery document names. */
  readonly issuer: string | undefined;
  readonly keys: readonly JWK[] | undefined;
  /** The answer to `GET /health`. */
  readonly health: Answer | undefined;
}

export interface SessionOrder {
  readonly target: Target;
  /** Or why no user is logged in. */
  readonly login: Login | { readonly absent: string };
  /** What `JWT_AUDIENCE` should be. */
  readonly audience?: string;
}

const OF_SESSIONS = [...SUBJECTS['log-in'], ...SUBJECTS.cookies, ...SUBJECTS['access token'], ...SUBJECTS.session];

/** Looks at what takes a session: starts one in cookies and one in headers, and signs both out, whatever happens. */
export async function examineSessions(examination: Examination, ask: Ask, order: SessionOrder, known: Known) {
  const { target, login } = order;
  const sessions = 'absent' in login ? [] : await startSessions(examination, ask, target, login);
  const [first, ...others] = sessions;
  lookAtClocks(examination, known.health, first);
  if (first === undefined) {
    const why = 'absent' in login ? login.absent : 'Not checked because no user could log in.';
    await lookAtRemovedCookies(examination, ask, target, why);
    examination.skip(OF_SESSIONS, why);
    return;
  }
  let live = first;
  try {
    await lookAtTokens(examination, ask, order, [first, ...others], known);
    for (const session of sessions) {
      const id = `access-by-${session.transfer}` as const;
      await examination.look([id], async (report) => report(await accessFinding(ask, target, session)));
    }
    const core = known.health?.json?.core;
    const refreshed = await examination.look(['refresh', 'refresh-retry'], (report) =>
      examineRefresh(ask, target, first, core, report),
    );
    live = refreshed ?? first;
  } finally {
    await examination.look(['sign-out'], async (report) =>
      report(await signOutFinding(ask, target, [live, ...others])),
    );
  }
  examination.skip(OF_SESSIONS, `Not checked: there is a session in ${first.transfer}s only.`);
}

async function startSessions(examination: Examination, ask: Ask, target: Target, login: Login): Promise<Session[]> {
  const inCookies = await examination.look(['log-in', 'cookies'], (report) =>
    startCookieSession(ask, target, login, report),
  );
  // Whom the log-in refuses it would refuse again, and count that as an attempt.
  if (!examination.isOk('log-in')) return [];
  const inHeaders = await examination.look(['header-mode'], (report) => startHeaderSession(ask, target, login, report));
  return [inCookies, inHeaders].filter((session) => session !== undefined);
}

/** @param why there are no others */
function lookAtRemovedCookies(examination: Examination, ask: Ask, target: Target, why: string) {
  return examination.look(SUBJECTS.cookies, async (report) => {
    for (const finding of await removedCookieFindings(ask, target)) report(finding);
    examination.skip(SUBJECTS.cookies, why);
  });
}

function lookAtClocks(examination: Examination, health: Answer | undefined, session: Session | undefined): void {
  const answer = session?.answer ?? health;
  if (answer === undefined) examination.skip(['clock'], 'There is no response to check.');
  else examination.report(clockFinding(answer, session && claimsOf(session)?.iat));
}

async function lookAtTokens(
  examination: Examination,
  ask: Ask,
  { target, audience }: SessionOrder,
  sessions: readonly [Session, ...Session[]],
  { issuer, keys }: Known,
): Promise<void> {
  const { report } = examination;
  const [first] = sessions;
  const inCookies = sessions.find(({ transfer }) => transfer === 'cookie');
  const inHeaders = sessions.find(({ transfer }) => transfer === 'header');
  report(headerBytesFinding(sessions, target));
  for (const finding of inCookies === undefined ? [] : cookieFindings(inCookies.cookies, target)) report(finding);
  const claims = claimsOf(first);
  if (claims === undefined) {
    report(
      problem('token-signature', 'The access token is not a JWT.', 'Serve it exactly as the functions return it.'),
    );
    examination.skip(SUBJECTS['access token'], 'Not checked because of token-signature.');
    return;
  }
  report(await signatureFinding(first, keys));
  report(issuerClaimFinding(claims, issuer ?? issuerOf(target)));
  report(audienceFinding(claims, audience));
  if (inHeaders !== undefined) {
    await examination.look(['jwt-authorizer'], async () => report(await jwtAuthorizerFinding(ask, target, inHeaders)));
  }
}
