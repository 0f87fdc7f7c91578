/** `skipped` means: not looked at, or not to be judged from here; `observed` says why. */
export type Level = 'ok' | 'warning' | 'problem' | 'skipped';

/** What is looked at, by subject, in the order of the report. */
export const SUBJECTS = {
  addresses: ['scheme', 'loopback-names', 'same-site'],
  service: ['reachable', 'core', 'unknown-path', 'protected-route'],
  discovery: ['discovery', 'discovery-time', 'discovery-caching', 'issuer'],
  JWKS: ['jwks', 'jwks-time', 'jwks-caching', 'jwks-keys'],
  preflights: [
    'preflight',
    'preflight-origin',
    'preflight-credentials',
    'preflight-methods',
    'preflight-headers',
    'preflight-caching',
  ],
  'answers to the website': ['answer-origin', 'answer-credentials', 'exposed-headers'],
  'other origins': ['foreign-origin'],
  'sign-in routes': ['email-exists', 'sign-in', 'password-reset', 'email-verification'],
  mail: ['mail-account', 'mail-sender', 'mail-bounces', 'mail-smtp'],
  clocks: ['clock'],
  'log-in': ['log-in', 'cookies', 'header-mode'],
  cookies: ['cookie-path', 'cookie-domain', 'cookie-same-site', 'cookie-secure', 'cookie-http-only'],
  'access token': ['token-signature', 'token-issuer', 'token-audience', 'jwt-authorizer'],
  session: ['header-bytes', 'access-by-cookie', 'access-by-header', 'refresh', 'refresh-retry', 'sign-out'],
} as const;

export type Subject = keyof typeof SUBJECTS;
export type FindingId = (typeof SUBJECTS)[Subject][number];

/** What says more. */
export const SEE = {
  authorizers: 'docs/protecting-routes.md#c-api-gateways-jwt-authorizer',
  configuration: 'docs/configuration.md',
  domains: 'docs/deploying.md#domains-and-cookies',
  login: 'docs/own-login.md',
  bounces: 'docs/users.md#bounces-and-complaints',
  mail: 'docs/users.md#mails-on-aws',
  paths: 'docs/deploying.md#stage-paths-and-mappings',
  protecting: 'docs/protecting-routes.md',
  smtp: 'docs/users.md#mails-by-smtp',
  trouble: 'docs/troubleshooting.md',
  users: 'docs/users.md',
} as const;
export type Reference = (typeof SEE)[keyof typeof SEE];

export interface Finding {
  readonly id: FindingId;
  readonly level: Level;
  /** In a sentence, with what was asked and what came back. */
  readonly observed: string;
  /** How to fix it, in the words of the service's configuration; only with a warning or a problem. */
  readonly fix?: string;
  /** Where to read more. */
  readonly see?: Reference;
}

export const ok = (id: FindingId, observed: string): Finding => ({ id, level: 'ok', observed });

export const skipped = (id: FindingId, observed: string): Finding => ({ id, level: 'skipped', observed });

export const warning = (id: FindingId, observed: string, fix: string, see?: Reference): Finding =>
  fault('warning', id, observed, fix, see);

export const problem = (id: FindingId, observed: string, fix: string, see?: Reference): Finding =>
  fault('problem', id, observed, fix, see);

const fault = (level: Level, id: FindingId, observed: string, fix: string, see?: Reference): Finding => ({
  id,
  level,
  observed,
  fix,
  ...(see !== undefined && { see }),
});

const MAX_QUOTED = 160;

/** A text of another server, safe to print: on one line, short, and without a terminal's control characters. */
export function quoted(text: string): string {
  const plain = text.replace(/[\s\p{C}]+/gu, ' ').trim();
  return plain.length > MAX_QUOTED ? `${plain.slice(0, MAX_QUOTED)}…` : plain;
}
