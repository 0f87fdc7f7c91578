import type { PhoneNumber } from '../../types.ts';
import { canBeSought } from './sought-text.ts';

/**
 * Reads an international phone number. The core is given an implementation, because that takes a package with the numbering plans of
 * all countries.
 * @returns the number in the form of E.164; `undefined` if the text is no such number
 */
export type ReadPhoneNumber = (text: string) => Promise<string | undefined>;

/** @returns the number as it is stored and compared; `undefined` if it is empty or too long to be stored */
export async function normalisedPhoneNumber(read: ReadPhoneNumber, given: string): Promise<PhoneNumber | undefined> {
  const trimmed = given.trim();
  // No phone number is that long, and parsing takes longer for longer texts.
  const number = (trimmed.length <= MAX_LENGTH ? await read(trimmed) : undefined) ?? trimmed;
  return canBeSought(number) ? (number as PhoneNumber) : undefined;
}

/** Of a phone number with all that separates its digits. */
const MAX_LENGTH = 100;
