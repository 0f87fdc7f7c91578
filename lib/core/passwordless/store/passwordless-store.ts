import type { CodeId, LinkCodeHash, Millis, PreAuthSessionId } from '../../types.ts';
import type { CodeContact, Device } from '../rules/device.ts';

/** A code that is to be stored. */
export interface NewCode {
  readonly hash: LinkCodeHash;
  readonly timeCreated: Millis;
  /** When its device is forgotten, unless it gets another code. */
  readonly deviceExpiry: Millis;
}

export type NewDevice = Pick<Device, 'id' | 'contact' | 'salt'>;

/** `accepted` and `used`: a code of the device was right. `used` ends the device, and its codes with it. */
export type AttemptOutcome = 'failed' | 'accepted' | 'used';

/**
 * Where the core keeps devices and their codes. A device that has ended is found by no method. A device and its codes
 * are one item, so that each change is one conditional write. The items that lead to a device are written before it.
 * They are checked against it, and expire by themselves.
 *
 * Each change takes a `name` that no other change has. It returns `false` if the device has changed since it was read.
 */
export interface PasswordlessStore {
  createDevice(device: NewDevice, code: NewCode): Promise<void>;
  /** Strongly consistent. */
  get(id: PreAuthSessionId): Promise<Device | undefined>;
  /** The device that has the code. The read is strongly consistent. */
  findByCode(codeId: CodeId): Promise<Device | undefined>;
  /** The devices whose codes were sent there. The read is strongly consistent. */
  listByContact(contact: CodeContact): Promise<Device[]>;
  /**
   * Gives a device another code.
   * @param drop codes that the device loses
   */
  addCode(device: Device, code: NewCode, drop: readonly LinkCodeHash[], name: string): Promise<boolean>;
  /** Stores an attempt to use a code, before its result is returned. */
  noteAttempt(device: Device, outcome: AttemptOutcome, name: string): Promise<boolean>;
  removeCode(device: Device, hash: LinkCodeHash, name: string): Promise<boolean>;
  /** Ends a device, and its codes with it. Safe to repeat. */
  end(device: Pick<Device, 'id' | 'contact'>): Promise<void>;
  /**
   * Stores that a code of the contact was used, ends its other devices, and no longer finds the used device by it. Safe to repeat
   * with the same name.
   * @param until when every device that was created before has expired
   * @returns `false` if another code of the contact was used since the device was created. Then the others stay
   */
  useContact(used: Device, name: string, until: Millis): Promise<boolean>;
  /** Ends all devices whose codes were sent there. Safe to repeat. */
  endByContact(contact: CodeContact): Promise<void>;
}
