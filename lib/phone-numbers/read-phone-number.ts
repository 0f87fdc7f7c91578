/**
 * Reads an international phone number. The official core and SuperTokens' SDK use the same library and the same data. It is loaded at
 * the first number, for that takes some 8 ms.
 * @returns the number in the form of E.164 (`+16505550100`); `undefined` if the text is no such number
 */
export async function readPhoneNumber(text: string): Promise<string | undefined> {
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  return parsePhoneNumberFromString(text, { extract: false })?.number;
}
