import type { Call } from '../../http/call.ts';
import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { Email, JsonObject } from '../../types.ts';
import { describeLoggedIn } from '../../user/wire/describe-user.ts';
import type { UserContext } from '../../user-context.ts';
import { consumeCode } from '../operations/consume-code.ts';
import { type CreatedCode, createCode, createDevice } from '../operations/create-code.ts';
import { removeCode, removeDevice } from '../operations/remove-code.ts';
import { type CodeResult, tryCode } from '../operations/try-code.ts';
import type { CodeContact } from '../rules/device.ts';
import { describeDevice, describeDeviceWithCodes } from './describe-device.ts';
import { type DevicesQuery, devicesOf } from './devices.ts';
import { type CodeFields, deviceIdIn, givenCode, phoneNumberIn, withoutPadding } from './fields.ts';

type UserAnswer<Input> = Answer<Input, UserContext>;

interface ContactFields {
  readonly email: Email | undefined;
  readonly phoneNumber: string | undefined;
}

interface CreateFields extends ContactFields {
  readonly deviceId: string | undefined;
  readonly userInputCode: string | undefined;
}

/** POST /recipe/signinup/code */
export const answerCreateCode: UserAnswer<CreateFields> = async (context, input) => {
  const { deviceId, userInputCode } = input;
  const contact = await contactIn(context, input);
  if ((contact === undefined) === (deviceId === undefined)) {
    throw new CdiRefusal(400, 'Please provide exactly one of email, phoneNumber or deviceId');
  }
  if (userInputCode === '') throw new CdiRefusal(400, 'userInputCode cannot be an empty string.');
  if (contact !== undefined) return describeCode(context, await createDevice(context, contact, userInputCode));
  const result = await createCode(context, deviceIdIn(deviceId ?? ''), userInputCode);
  switch (result.kind) {
    case 'created':
      return describeCode(context, result.code);
    case 'already-used':
      return { status: 'USER_INPUT_CODE_ALREADY_USED_ERROR' };
    case 'restart':
      return RESTART;
  }
};

/** @returns `undefined` if there is none. @throws CdiRefusal 400 if there are two */
async function contactIn(
  context: UserContext,
  { email, phoneNumber }: ContactFields,
): Promise<CodeContact | undefined> {
  if (email !== undefined && phoneNumber !== undefined) {
    throw new CdiRefusal(400, 'Please provide exactly one of email, phoneNumber or deviceId');
  }
  if (email !== undefined) return { kind: 'email', email };
  return phoneNumber === undefined
    ? undefined
    : { kind: 'phone-number', phoneNumber: await phoneNumberIn(context, phoneNumber) };
}

const describeCode = ({ userConfig }: UserContext, code: CreatedCode): JsonObject => ({
  status: 'OK',
  preAuthSessionId: code.preAuthSessionId,
  codeId: code.codeId,
  deviceId: code.deviceId.toString('base64'),
  userInputCode: code.userInputCode,
  linkCode: code.linkCode.toString('base64url'),
  timeCreated: code.timeCreated,
  codeLifetime: userConfig.passwordlessCodeLifetime,
});

const RESTART: JsonObject = { status: 'RESTART_FLOW_ERROR' };

/** POST /recipe/signinup/code/consume */
export const answerConsumeCode: UserAnswer<CodeFields> = async (context, input, call) => {
  const result = await consumeCode(context, givenCode(input), { verifiesEmail: isAtLeast(call.version, '4.0') });
  if (result.kind !== 'signed-in') return describeFailure(result);
  const { isNew, device } = result;
  return {
    status: 'OK',
    createdNewUser: isNew,
    ...describeLoggedIn(result, call),
    ...(tellsDevice(call) && { consumedDevice: describeDevice(device) }),
  };
};

const tellsDevice = ({ version }: Call): boolean => isAtLeast(version, '5.0');

/** POST /recipe/signinup/code/check */
export const answerCheckCode: UserAnswer<CodeFields> = async (context, input) => {
  const result = await tryCode(context, givenCode(input), { use: false });
  if (result.kind !== 'right') return describeFailure(result);
  return { status: 'OK', consumedDevice: describeDevice(result.device) };
};

/** @throws CdiRefusal 400 if the code belongs to another device */
function describeFailure(result: Exclude<CodeResult, { readonly kind: 'right' }>): JsonObject {
  switch (result.kind) {
    case 'device-mismatch':
      throw new CdiRefusal(400, "preAuthSessionId and deviceId doesn't match");
    case 'restart':
      return RESTART;
    default:
      return {
        status: result.kind === 'expired' ? 'EXPIRED_USER_INPUT_CODE_ERROR' : 'INCORRECT_USER_INPUT_CODE_ERROR',
        failedCodeInputAttemptCount: result.failedAttempts,
        maximumCodeInputAttempts: result.mostAttempts,
      };
  }
}

/** GET /recipe/signinup/codes */
export const answerListCodes: UserAnswer<DevicesQuery> = async (context, query) => {
  const devices = await devicesOf(context, query);
  return { status: 'OK', devices: devices.map((device) => describeDeviceWithCodes(context, device)) };
};

interface RemoveFields {
  readonly codeId: string | undefined;
  readonly preAuthSessionId: string | undefined;
}

/** POST /recipe/signinup/code/remove */
export const answerRemoveCode: UserAnswer<RemoveFields> = async (context, { codeId, preAuthSessionId: id }) => {
  if (codeId !== undefined && id !== undefined) {
    throw new CdiRefusal(400, "Please provide only one of 'codeId' or 'preAuthSessionId'");
  }
  if (codeId === undefined && id === undefined) {
    throw new CdiRefusal(400, "Please provide either 'codeId' or 'preAuthSessionId'");
  }
  if (codeId !== undefined) await removeCode(context, codeId);
  if (id !== undefined) await removeDevice(context, withoutPadding(id));
  return { status: 'OK' };
};

/** POST /recipe/signinup/codes/remove */
export const answerRemoveCodes: UserAnswer<ContactFields> = async (context, { email, phoneNumber }) => {
  if ((email === undefined) === (phoneNumber === undefined)) {
    throw new CdiRefusal(400, 'Please provide exactly one of email or phoneNumber');
  }
  const contact = await contactIn(context, { email, phoneNumber });
  if (contact !== undefined) await context.stores.codes.endByContact(contact);
  return { status: 'OK' };
};
