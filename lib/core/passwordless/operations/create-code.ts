import type { CodeId, Millis, PreAuthSessionId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import {
  codeIdOf,
  hashOfLinkCode,
  linkCodeOf,
  makeSecret,
  makeUserInputCode,
  preAuthSessionIdOf,
} from '../rules/codes.ts';
import { type CodeContact, codesToDrop, type Device, expiryOf } from '../rules/device.ts';
import type { NewCode } from '../store/passwordless-store.ts';
import { findDevice } from './find-device.ts';

/** A new code, with the secrets that only the request's caller receives. */
export interface CreatedCode {
  readonly preAuthSessionId: PreAuthSessionId;
  readonly codeId: CodeId;
  readonly deviceId: Buffer;
  readonly userInputCode: string;
  readonly linkCode: Buffer;
  readonly timeCreated: Millis;
}

/**
 * Makes a device with a code that is to be sent to a contact.
 * @param given the code to type. If absent, it is random
 */
export async function createDevice(
  context: UserContext,
  contact: CodeContact,
  given: string | undefined,
): Promise<CreatedCode> {
  const { stores, random } = context;
  const [deviceId, salt] = [makeSecret(random), makeSecret(random)];
  const { created, stored } = makeCode(context, deviceId, salt, given ?? makeUserInputCode(random));
  await stores.codes.createDevice({ id: created.preAuthSessionId, contact, salt }, stored);
  return created;
}

/** `restart`: there is no such device any more. `already-used`: the device has, or had, the given code. */
export type ResendResult =
  | { readonly kind: 'created'; readonly code: CreatedCode }
  | { readonly kind: 'restart' | 'already-used' };

/** Makes another code for a device. @param given the code to type. If absent, it is random */
export async function createCode(
  context: UserContext,
  deviceId: Buffer,
  given: string | undefined,
): Promise<ResendResult> {
  for (;;) {
    const device = await findDevice(context, preAuthSessionIdOf(deviceId));
    if (device === undefined) return { kind: 'restart' };
    const code = makeCode(context, deviceId, device.salt, given ?? makeUserInputCode(context.random));
    const isNew = !device.codes.has(code.stored.hash);
    if (!isNew && given !== undefined) return { kind: 'already-used' };
    if (isNew && (await addCode(context, device, code.stored))) return { kind: 'created', code: code.created };
  }
}

const addCode = ({ stores, random }: UserContext, device: Device, code: NewCode): Promise<boolean> =>
  stores.codes.addCode(device, code, codesToDrop(device), random.uuid());

/** A code as its caller gets it, and as it is stored. */
function makeCode(
  { clock, userConfig }: UserContext,
  deviceId: Buffer,
  salt: Buffer,
  userInputCode: string,
): { readonly created: CreatedCode; readonly stored: NewCode } {
  const linkCode = linkCodeOf(deviceId, salt, userInputCode);
  const hash = hashOfLinkCode(linkCode);
  const timeCreated = clock();
  const ids = { preAuthSessionId: preAuthSessionIdOf(deviceId), codeId: codeIdOf(hash) };
  return {
    created: { ...ids, deviceId, userInputCode, linkCode, timeCreated },
    stored: { hash, timeCreated, deviceExpiry: expiryOf(timeCreated, userConfig.passwordlessCodeLifetime) },
  };
}
