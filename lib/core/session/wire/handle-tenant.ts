import { tenantNotFound } from '../../http/address.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import type { TenantRule } from '../../http/tenant-rules.ts';
import type { SessionHandle } from '../../types.ts';
import type { SessionHandleInput } from '../operations/session-data.ts';

/** Rejects handles of sessions of another tenant. @throws CdiRefusal 400 */
export const ownHandles = (handles: readonly SessionHandle[]): void => {
  const foreign = handles.map(tenantOf).find((tenant) => tenant !== 'public');
  if (foreign !== undefined) throw new CdiRefusal(400, tenantNotFound('public', foreign));
};
export const handleTenant: TenantRule<SessionHandleInput> = (_received, input) => ownHandles([input.sessionHandle]);

/** The tenant that a session handle names by its suffix. */
export function tenantOf(sessionHandle: string): string {
  const at = sessionHandle.lastIndexOf('_');
  return at === -1 ? 'public' : sessionHandle.slice(at + 1);
}
