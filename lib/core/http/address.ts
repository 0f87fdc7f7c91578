/** Where a request goes: `/appid-<app>` and `/<tenant>` before the path are optional. */
export interface Address {
  readonly app: string;
  readonly tenant: string;
  /** In lower case, without a trailing slash; `/` for the root. */
  readonly path: string;
}

/**
 * Takes a request's path apart; `undefined` if it is outside the base path or no known path.
 * @param isKnown tells whether a path is one of the CDI's; a first segment that does not begin one is a tenant
 */
export function readAddress(path: string, basePath: string, isKnown: (path: string) => boolean): Address | undefined {
  const lower = path.toLowerCase();
  const base = basePath.toLowerCase();
  if (base !== '' && lower !== base && !lower.startsWith(`${base}/`)) return undefined;
  const segments = lower.slice(base.length).split('/').filter(Boolean);
  const app = segments[0]?.startsWith('appid-') ? segments.shift()?.slice('appid-'.length) : undefined;
  const whole = join(segments);
  if (isKnown(whole)) return { app: app ?? 'public', tenant: 'public', path: whole };
  const [tenant, ...rest] = segments;
  if (tenant === undefined || rest.length === 0 || !isKnown(join(rest))) return undefined;
  return { app: app ?? 'public', tenant, path: join(rest) };
}

const join = (segments: readonly string[]): string => `/${segments.join('/')}`;

export const tenantNotFound = (app: string, tenant: string): string =>
  'AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination ' +
  `not found: (, ${escaped(app)}, ${escaped(tenant)})`;

/** Refusals are sent as HTML, and a browser can be made to ask with any name. Real names have none of these characters. */
export const escaped = (name: string): string =>
  name.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
