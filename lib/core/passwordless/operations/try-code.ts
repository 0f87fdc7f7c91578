import type { LinkCodeHash } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { codeIdOf, hashOfLinkCode, linkCodeOf, preAuthSessionIdOf } from '../rules/codes.ts';
import { type Device, isExpiredCode } from '../rules/device.ts';
import { findDevice } from './find-device.ts';

/** A code that a user gives, either by following a link or by typing it. A typed code comes with the device's id. */
export type GivenCode = { readonly preAuthSessionId: string } & (
  | { readonly kind: 'link'; readonly linkCode: Buffer }
  | { readonly kind: 'typed'; readonly deviceId: Buffer; readonly userInputCode: string }
);

/** `restart`: the user must ask for a new code. `device-mismatch`: the code belongs to another device than the caller names. */
export type CodeResult =
  | { readonly kind: 'right'; readonly device: Device }
  | { readonly kind: 'incorrect' | 'expired'; readonly failedAttempts: number; readonly mostAttempts: number }
  | { readonly kind: 'restart' | 'device-mismatch' };

/**
 * Tries a code. A typed code that is wrong or expired is counted, and the last attempt that is allowed ends the device.
 * A write stores the count, or confirms it, before the result is returned. So parallel requests can try no more codes
 * than requests one after the other.
 * @param use whether a right code is used up, and its device with it
 */
export async function tryCode(
  context: UserContext,
  given: GivenCode,
  { use }: { readonly use: boolean },
): Promise<CodeResult> {
  const { stores, random, userConfig } = context;
  for (;;) {
    const found = await findCode(context, given);
    if ('kind' in found) return found;
    const { device, state } = found;
    if (device.failedAttempts >= userConfig.passwordlessMaxCodeInputAttempts) return endDevice(context, device);
    if (state !== 'good' && given.kind === 'link') return { kind: 'restart' };
    const outcome = state === 'good' ? (use ? 'used' : 'accepted') : 'failed';
    const isNoted = await stores.codes.noteAttempt(device, outcome, random.uuid());
    if (isNoted) return state === 'good' ? { kind: 'right', device } : countedResult(context, device, state);
  }
}

interface FoundCode {
  readonly device: Device;
  readonly state: 'good' | 'incorrect' | 'expired';
}

/** The device of a given code, and whether it has the code. */
async function findCode(
  context: UserContext,
  given: GivenCode,
): Promise<FoundCode | { readonly kind: 'restart' | 'device-mismatch' }> {
  if (given.kind === 'typed') {
    const device = await findDevice(context, preAuthSessionIdOf(given.deviceId));
    if (device === undefined) return { kind: 'restart' };
    if (device.id !== given.preAuthSessionId) return { kind: 'device-mismatch' };
    const hash = hashOfLinkCode(linkCodeOf(given.deviceId, device.salt, given.userInputCode));
    return { device, state: stateOf(context, device, hash) };
  }
  const hash = hashOfLinkCode(given.linkCode);
  const device = await findDevice(context, given.preAuthSessionId);
  if (device?.codes.has(hash)) return { device, state: stateOf(context, device, hash) };
  const other = await context.stores.codes.findByCode(codeIdOf(hash));
  const isOthers = other !== undefined && stateOf(context, other, hash) === 'good';
  return { kind: isOthers ? 'device-mismatch' : 'restart' };
}

function stateOf({ clock, userConfig }: UserContext, { codes }: Device, hash: LinkCodeHash): FoundCode['state'] {
  const timeCreated = codes.get(hash);
  if (timeCreated === undefined) return 'incorrect';
  return isExpiredCode(timeCreated, userConfig.passwordlessCodeLifetime, clock()) ? 'expired' : 'good';
}

async function countedResult(context: UserContext, device: Device, kind: 'incorrect' | 'expired'): Promise<CodeResult> {
  const mostAttempts = context.userConfig.passwordlessMaxCodeInputAttempts;
  const failedAttempts = device.failedAttempts + 1;
  return failedAttempts < mostAttempts ? { kind, failedAttempts, mostAttempts } : endDevice(context, device);
}

/** A device with too many failed attempts accepts no code, even if it cannot be removed. */
async function endDevice({ stores }: UserContext, device: Device): Promise<CodeResult> {
  await stores.codes.end(device);
  return { kind: 'restart' };
}
