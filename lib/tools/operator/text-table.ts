import type { Millis } from '../../core/types.ts';

/** To the second, in UTC. */
export const timeOf = (time: Millis): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Rows of cells as lines, with the columns one below the other. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(printable));
  const widths = (safe[0] ?? []).map((_cell, column) => Math.max(...safe.map((row) => (row[column] ?? '').length)));
  return safe
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Clients choose their user agents and some user ids. Their text must not control the operator's terminal. */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
