import type { Answer, Ask } from './probe.ts';
import { type SetCookie, setCookiesOf } from './set-cookie.ts';
import type { Target } from './target.ts';

/** The user whose session is examined. A user who signs up stays in the core. */
export interface Login {
  readonly email: string;
  readonly password: string;
  readonly isNew: boolean;
}

/** How tokens travel. */
export type Transfer = 'cookie' | 'header';

export interface Session {
  readonly transfer: Transfer;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly frontToken: string;
  readonly antiCsrf: string | undefined;
  readonly cookies: readonly SetCookie[];
  /** That made it. */
  readonly answer: Answer;
}

export const COOKIE_NAMES = { access: 'sAccessToken', refresh: 'sRefreshToken' } as const;

/** Signs up or in by SuperTokens' own routes, as a browser does from the website. {@link sessionIn} finds the session. */
export function logIn(ask: Ask, { basePath, website }: Target, login: Login, transfer: Transfer): Promise<Answer> {
  const { email, password, isNew } = login;
  return ask({
    method: 'POST',
    path: `${basePath}/${isNew ? 'signup' : 'signin'}`,
    headers: frontendHeaders(website, transfer),
    body: { formFields: Object.entries({ email, password }).map(([id, value]) => ({ id, value })) },
  });
}

const frontendHeaders = (website: string, transfer: Transfer) => ({
  origin: website,
  rid: 'anti-csrf',
  'st-auth-mode': transfer,
});

/** A refresh without tokens. SuperTokens clears both cookies, with the attributes that it sets them with. */
export const refreshWithoutTokens = (ask: Ask, { basePath, website }: Target): Promise<Answer> =>
  ask({ method: 'POST', path: `${basePath}/session/refresh`, headers: frontendHeaders(website, 'cookie') });

/** The session that an answer brings, or `undefined` if a token is missing. */
export function sessionIn(answer: Answer, transfer: Transfer): Session | undefined {
  const cookies = setCookiesOf(answer.headers);
  const tokenOf = (kind: 'access' | 'refresh'): string | undefined =>
    transfer === 'header'
      ? (answer.headers.get(`st-${kind}-token`) ?? undefined)
      : cookies.find(({ name }) => name === COOKIE_NAMES[kind])?.value;
  const [accessToken, refreshToken] = [tokenOf('access'), tokenOf('refresh')];
  if (!accessToken || !refreshToken) return undefined;
  return {
    transfer,
    accessToken,
    refreshToken,
    frontToken: answer.headers.get('front-token') ?? '',
    antiCsrf: answer.headers.get('anti-csrf') ?? undefined,
    cookies,
    answer,
  };
}

/** What a frontend sends with the session's requests; cookies as the browser keeps them. */
export function sessionHeaders(
  { transfer, accessToken, refreshToken, antiCsrf }: Session,
  kind: 'access' | 'refresh',
  { website }: Target,
): Readonly<Record<string, string>> {
  const token = kind === 'access' ? accessToken : refreshToken;
  const cookies = [`${COOKIE_NAMES.access}=${accessToken}`];
  if (kind === 'refresh') cookies.push(`${COOKIE_NAMES.refresh}=${refreshToken}`);
  return {
    ...frontendHeaders(website, transfer),
    ...(transfer === 'header' ? { authorization: `Bearer ${token}` } : { cookie: cookies.join('; ') }),
    ...(antiCsrf !== undefined && { 'anti-csrf': antiCsrf }),
  };
}

export const refresh = (ask: Ask, target: Target, session: Session): Promise<Answer> =>
  ask({
    method: 'POST',
    path: `${target.basePath}/session/refresh`,
    headers: sessionHeaders(session, 'refresh', target),
  });

export const signOut = (ask: Ask, target: Target, session: Session): Promise<Answer> =>
  ask({ method: 'POST', path: `${target.basePath}/signout`, headers: sessionHeaders(session, 'access', target) });

export const askRoute = (ask: Ask, target: Target, session: Session): Promise<Answer> =>
  ask({ path: target.route, headers: sessionHeaders(session, 'access', target) });
