import type { TrustedIssuer } from '../login/oidc-login.ts';
import { isSecureUrl } from '../login/secure-url.ts';
import type { Variables } from './variables.ts';

/** Reads `<issuer>=<client id>,<client id>;<issuer>=…`. A client id may hold `=`, an issuer none. */
export function readTrustedIssuers(variables: Variables): TrustedIssuer[] {
  const entries = (variables.optional('OIDC_PROVIDERS') ?? '').split(';').filter((entry) => entry.trim() !== '');
  const issuers = entries.map((entry) => {
    const [, issuer = '', audiences = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
    return { issuer: issuer.trim(), audiences: audiences.split(',').map((audience) => audience.trim()) };
  });
  variables.check(
    'OIDC_PROVIDERS',
    issuers.every(isTrustable),
    'be <issuer>=<client id>,<client id>;<issuer>=…, each issuer an https URL without ? # { }',
  );
  const names = new Set(issuers.map(({ issuer }) => issuer));
  variables.check('OIDC_PROVIDERS', names.size === issuers.length, 'name each issuer once, with all its client ids');
  return issuers;
}

/**
 * OpenID Connect Core 1.0, section 1.2, "Issuer Identifier". An issuer with braces is Entra's template for any tenant:
 * everyone can create a tenant.
 */
const isTrustable = ({ issuer, audiences }: TrustedIssuer): boolean =>
  isSecureUrl(issuer) && /^[^\s?#{}]+$/.test(issuer) && audiences.every((audience) => /^[!-~]+$/.test(audience));
