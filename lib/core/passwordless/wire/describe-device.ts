import type { JsonObject } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { codeIdOf } from '../rules/codes.ts';
import type { Device } from '../rules/device.ts';

/** A device without its codes. */
export const describeDevice = ({ id, failedAttempts, contact }: Device): JsonObject => ({
  preAuthSessionId: id,
  failedCodeInputAttemptCount: failedAttempts,
  ...(contact.kind === 'email' ? { email: contact.email } : { phoneNumber: contact.phoneNumber }),
});

/** A device with its codes, without their secrets. */
export const describeDeviceWithCodes = ({ userConfig }: UserContext, device: Device): JsonObject => ({
  ...describeDevice(device),
  codes: [...device.codes].map(([hash, timeCreated]) => ({
    codeId: codeIdOf(hash),
    timeCreated,
    codeLifetime: userConfig.passwordlessCodeLifetime,
  })),
});
