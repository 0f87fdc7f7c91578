import type { UserContext } from '../../user-context.ts';
import { isPreAuthSessionId } from '../rules/codes.ts';
import type { CodeContact, Device } from '../rules/device.ts';

/** The device with that id. One that is due to be forgotten, and only still stored, is none. */
export async function findDevice({ stores, clock }: UserContext, id: string): Promise<Device | undefined> {
  if (!isPreAuthSessionId(id)) return undefined;
  const device = await stores.codes.get(id);
  return device !== undefined && clock() < device.expiry ? device : undefined;
}

/** The devices whose codes were sent there. */
export async function listDevices({ stores, clock }: UserContext, contact: CodeContact): Promise<Device[]> {
  const now = clock();
  return (await stores.codes.listByContact(contact)).filter(({ expiry }) => now < expiry);
}
