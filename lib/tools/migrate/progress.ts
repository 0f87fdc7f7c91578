import type { Clock, Millis } from '../../core/types.ts';

export interface Progress {
  add(count: number): void;
  /** Says how far it has come, for the last time. */
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  /** Absent if it is unknown beforehand. The final number may differ a little. */
  readonly total: number | undefined;
  /** Done in an earlier run; it does not count for the rate. */
  readonly already?: number;
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly clock: Clock;
}

/** A bar is drawn again that often, a line printed that often, ms. */
const REDRAW: Millis = 100;
const REPRINT: Millis = 5000;

/** Shows how far something has come: on a terminal by a bar, elsewhere by a line now and then. */
export function showProgress(options: ProgressOptions): Progress {
  const { output, clock, already = 0 } = options;
  const startedAt = clock();
  const period = output.isTTY ? REDRAW : REPRINT;
  let shownAt = startedAt;
  let done = 0;
  const show = (isLast: boolean): void => {
    shownAt = clock();
    // In the end it is known what it has come to.
    const total = isLast && options.total !== undefined ? already + done : options.total;
    const text = describeProgress({ ...options, total }, done, clock() - startedAt);
    // \x1b[K clears what is left of a longer line before.
    output.write(output.isTTY ? `\r${text}\x1b[K${isLast ? '\n' : ''}` : `${text}\n`);
  };
  return {
    add(count) {
      done += count;
      if (clock() - shownAt >= period) show(false);
    },
    end: () => show(true),
  };
}

const BAR_WIDTH = 24;

/** One line: what, how far, how fast, how long it will take. @param elapsed ms */
export function describeProgress(
  { label, total, already = 0, output }: Pick<ProgressOptions, 'label' | 'total' | 'already' | 'output'>,
  done: number,
  elapsed: Millis,
): string {
  const rate = elapsed > 0 ? done / (elapsed / 1000) : 0;
  const count = already + done;
  const parts = [`${Math.round(rate).toLocaleString('en')}/s`];
  if (total === undefined) return [`${label} ${count.toLocaleString('en')}`, ...parts].join('  ');
  // What is counted may grow meanwhile.
  const share = total === 0 ? 1 : Math.min(1, count / total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = output.isTTY ? [`${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`] : [];
  if (rate > 0 && share < 1) parts.push(`${durationOf((total - count) / rate)} left`);
  return [
    label,
    ...bar,
    `${count.toLocaleString('en')} of ${total.toLocaleString('en')}`,
    `${Math.floor(share * 100)} %`,
    ...parts,
  ].join('  ');
}

/** @param seconds how long */
export function durationOf(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
