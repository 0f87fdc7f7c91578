/**
 * What a terminal obeys, or shows otherwise than it is: all control characters but ends of lines, and what turns text around.
 * The colours of a report stay.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const OBEYED = /(\u001b\[(?:3[1239]|90)m)|(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** The same text without power over a terminal. Texts of users are escaped as JSON escapes them, so JSON keeps its values. */
export const terminalText = (text: string): string =>
  text.replace(OBEYED, (found, colour) => colour ?? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text of a user in a line of its own, or in a cell of a table. */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
