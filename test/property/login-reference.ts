import type { Millis } from '../../lib/core/types.ts';
import type { SentCode } from '../fixtures/passwordless.ts';

/** A reference model of users of providers and of codes, written from the contract. It knows no item and no claim. */
export interface LoginModel {
  readonly users: LoginUser[];
  readonly devices: ModelDevice[];
  /** Until when a contact, or the user of a provider, may be taken by a request that broke off. */
  readonly blockedUntil: Map<string, Millis>;
}

export interface LoginUser {
  readonly id: string;
  readonly recipe: 'thirdparty' | 'passwordless';
  /** Of the provider. */
  readonly providerUserId: string | undefined;
  email: string | undefined;
  phoneNumber: string | undefined;
  isAlive: boolean;
  /** Every email that is verified for the user, who may have given it up. */
  readonly verified: Set<string>;
}

/** A device has one code in these histories. */
export interface ModelDevice {
  readonly code: SentCode;
  readonly contact: string;
  readonly timeCreated: Millis;
  failed: number;
  isLive: boolean;
}

export const newLoginModel = (): LoginModel => ({ users: [], devices: [], blockedUntil: new Map() });

export const LIFETIME: Millis = 900_000;
/** After the lifetime, a device is remembered for so long. */
export const PATIENCE: Millis = 3_600_000;
export const MOST_ATTEMPTS = 5;

/** The Passwordless user with a contact. @throws Error if several users have it */
export function holderOfContact({ users }: LoginModel, contact: string): LoginUser | undefined {
  return theOne(
    users.filter(
      (user) => user.isAlive && user.recipe === 'passwordless' && [user.email, user.phoneNumber].includes(contact),
    ),
  );
}

/** The user with an id of the provider. @throws Error if several users have it */
export function userOfProvider({ users }: LoginModel, providerUserId: string): LoginUser | undefined {
  return theOne(users.filter((user) => user.isAlive && user.providerUserId === providerUserId));
}

function theOne([user, ...others]: readonly LoginUser[]): LoginUser | undefined {
  if (others.length > 0) throw new Error(`Several users are one: ${others.length + 1}`);
  return user;
}

/** Ends all devices of some contacts. */
export function endDevices({ devices }: LoginModel, contacts: readonly (string | undefined)[]): void {
  for (const device of devices) if (contacts.includes(device.contact)) device.isLive = false;
}

/** What a device answers to a typed code. A wrong or expired one is counted. */
export function typeCode(device: ModelDevice, isRight: boolean, now: Millis): 'OK' | string {
  if (isGone(device, now)) return 'RESTART_FLOW_ERROR';
  const isExpired = now > device.timeCreated + LIFETIME;
  if (isRight && !isExpired) return 'OK';
  device.failed += 1;
  if (device.failed >= MOST_ATTEMPTS) {
    device.isLive = false;
    return 'RESTART_FLOW_ERROR';
  }
  return isRight ? 'EXPIRED_USER_INPUT_CODE_ERROR' : 'INCORRECT_USER_INPUT_CODE_ERROR';
}

/** What a device answers to the code of its link. */
export const followLink = (device: ModelDevice, now: Millis): 'OK' | 'RESTART_FLOW_ERROR' =>
  isGone(device, now) || now > device.timeCreated + LIFETIME ? 'RESTART_FLOW_ERROR' : 'OK';

export const isGone = ({ isLive, timeCreated }: ModelDevice, now: Millis): boolean =>
  !isLive || now >= timeCreated + LIFETIME + PATIENCE;

export const isEmail = (contact: string): boolean => contact.includes('@');

/** The body, or the query, that names a contact. */
export const bodyOf = (contact: string) => ({ [isEmail(contact) ? 'email' : 'phoneNumber']: contact });

type Contacts = Partial<Record<'email' | 'phoneNumber', string | null | undefined>>;

export const contactsOf = ({ email, phoneNumber }: Contacts): string[] =>
  [email, phoneNumber].flatMap((contact) => contact ?? []);

/** What a user has after a change. */
export const valuesOf = (user: LoginUser, given: Contacts) => ({
  email: given.email === undefined ? user.email : (given.email ?? undefined),
  phoneNumber: given.phoneNumber === undefined ? user.phoneNumber : (given.phoneNumber ?? undefined),
});
