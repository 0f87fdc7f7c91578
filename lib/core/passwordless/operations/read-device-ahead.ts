import type { ReadContext } from '../../user/operations/load-user.ts';
import { isPreAuthSessionId } from '../rules/codes.ts';

/**
 * Reads the device of a code before the code is used. The stores of the caller share reads, so that the use finds it read.
 * Never rejects: the use makes a failed read again.
 */
export async function readDeviceAhead({ stores }: ReadContext, preAuthSessionId: string): Promise<void> {
  if (isPreAuthSessionId(preAuthSessionId)) await stores.codes.get(preAuthSessionId).catch(() => undefined);
}
