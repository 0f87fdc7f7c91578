/** A text that is to go into a column of an official core's table. */
export interface ColumnText {
  readonly what: string;
  readonly text: string | null;
  /** Characters; `undefined` for a column without a limit. */
  readonly width?: number;
}

/** Widths of the official tables' columns, characters. */
export const WIDTH = { coreId: 36, userId: 128, email: 256, thirdPartyId: 28, hash: 256, role: 255, token: 128 };

/** Why PostgreSQL would not take one of the texts; `undefined` if it takes all. */
export function refusalOfTexts(texts: readonly ColumnText[]): string | undefined {
  for (const { what, text, width } of texts) {
    if (text === null) continue;
    if (text.includes('\0')) return `its ${what} has a NUL character, which PostgreSQL cannot store`;
    if (!text.isWellFormed()) return `its ${what} has half a character, which PostgreSQL cannot store`;
    if (width === undefined || text.length <= width) continue;
    // As PostgreSQL counts them: a character beyond the basic plane has a `length` of 2.
    const characters = [...text].length;
    if (characters > width) return `its ${what} has ${characters} characters, and an official core keeps ${width}`;
  }
  return undefined;
}
