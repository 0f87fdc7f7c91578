import type { Millis } from '../../core/types.ts';
import { printable } from '../terminal-text.ts';

/** To the second, in UTC. */
export const timeOf = (time: Millis): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Rows of cells as lines, with the columns one below the other. A cell may be a text of a client. */
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
