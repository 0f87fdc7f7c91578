import { tenantNotFound } from './address.ts';
import type { Received } from './call.ts';
import { CdiRefusal } from './refusal.ts';
import { type CdiVersion, isAtLeast } from './versions.ts';

/** Refuses a tenant that this core does not have, where the operation cares. @throws CdiRefusal 400 or 403 */
export type TenantRule<Input> = (received: Received, input: Input) => void;

export const anyTenant: TenantRule<unknown> = () => undefined;

export const ownTenant: TenantRule<unknown> = ({ tenant }) => {
  if (tenant !== 'public') throw new CdiRefusal(400, tenantNotFound('public', tenant));
};

export const publicTenantFrom =
  (first: CdiVersion): TenantRule<unknown> =>
  ({ tenant, version }) => {
    if (tenant === 'public' || !isAtLeast(version, first)) return;
    throw new CdiRefusal(403, 'Only public tenantId can call this app specific API');
  };
export const appSpecific = publicTenantFrom('5.0');
