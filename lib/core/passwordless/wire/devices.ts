import type { UserContext } from '../../user-context.ts';
import { findDevice, listDevices } from '../operations/find-device.ts';
import { preAuthSessionIdOf } from '../rules/codes.ts';
import type { Device } from '../rules/device.ts';
import { deviceIdIn, onlyOneOf, queryContact, withoutPadding } from './fields.ts';

/** How a query names devices. */
export type DevicesQuery =
  | { readonly email: string }
  | { readonly phoneNumber: string }
  | { readonly deviceId: string }
  | { readonly preAuthSessionId: string };

const NAMES = ['email', 'phoneNumber', 'deviceId', 'preAuthSessionId'] as const;

/** @throws CdiRefusal 400 unless the query has exactly one of them */
export const queryDevices = (query: URLSearchParams): DevicesQuery => onlyOneOf(query, NAMES);

/** @throws CdiRefusal 400 if a device id is no base64 */
export async function devicesOf(context: UserContext, query: DevicesQuery): Promise<Device[]> {
  if ('email' in query || 'phoneNumber' in query) {
    const contact = await queryContact(context, query);
    return contact === undefined ? [] : listDevices(context, contact);
  }
  const id =
    'deviceId' in query ? preAuthSessionIdOf(deviceIdIn(query.deviceId)) : withoutPadding(query.preAuthSessionId);
  const device = await findDevice(context, id);
  return device === undefined ? [] : [device];
}
