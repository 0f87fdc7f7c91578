import type { UserContext } from '../../user-context.ts';
import { codeIdOf, isCodeId, isPreAuthSessionId } from '../rules/codes.ts';

/** Removes a code. Its device goes with the last one. */
export async function removeCode({ stores, random }: UserContext, codeId: string): Promise<void> {
  if (!isCodeId(codeId)) return;
  for (;;) {
    const device = await stores.codes.findByCode(codeId);
    const hash = [...(device?.codes.keys() ?? [])].find((each) => codeIdOf(each) === codeId);
    if (device === undefined || hash === undefined) return;
    const isLast = device.codes.size === 1;
    const isRemoved = isLast
      ? await stores.codes.noteAttempt(device, 'used', random.uuid())
      : await stores.codes.removeCode(device, hash, random.uuid());
    if (isRemoved && isLast) await stores.codes.end(device);
    if (isRemoved) return;
  }
}

/** Removes a device with all its codes. */
export async function removeDevice({ stores }: UserContext, preAuthSessionId: string): Promise<void> {
  const device = isPreAuthSessionId(preAuthSessionId) ? await stores.codes.get(preAuthSessionId) : undefined;
  if (device !== undefined) await stores.codes.end(device);
}
