import { describeProgress, durationOf, showProgress } from '../../../lib/tools/migrate/progress.ts';
import { ManualClock } from '../../fixtures/core.ts';

const lines = { write: () => true };
const terminal = { write: () => true, isTTY: true };

describe('how far it has come', () => {
  test('is a line with count, share, rate and time left', () => {
    const text = describeProgress({ label: 'Sessions', total: 100_000, output: lines }, 25_000, 10_000);
    expect(text).toBe('Sessions  25,000 of 100,000  25 %  2,500/s  30 s left');
  });

  test('has a bar on a terminal', () => {
    const text = describeProgress({ label: 'Sessions', total: 100, output: terminal }, 50, 1000);
    expect(text).toBe('Sessions  ████████████░░░░░░░░░░░░  50 of 100  50 %  50/s  1 s left');
  });

  test('counts what an earlier run has done, but not for the rate', () => {
    const text = describeProgress({ label: 'Sessions', total: 1000, already: 900, output: lines }, 50, 1000);
    expect(text).toBe('Sessions  950 of 1,000  95 %  50/s  1 s left');
  });

  test('has no time left if the total is unknown, and at the end', () => {
    expect(describeProgress({ label: 'Revoked', total: undefined, output: lines }, 50, 1000)).toBe('Revoked 50  50/s');
    expect(describeProgress({ label: 'Sessions', total: 50, output: lines }, 50, 1000)).toBe(
      'Sessions  50 of 50  100 %  50/s',
    );
    expect(describeProgress({ label: 'Sessions', total: 0, output: lines }, 0, 0)).toBe('Sessions  0 of 0  100 %  0/s');
  });

  test.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [61, '2 min'],
    [7_260, '2 h 1 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationOf(seconds)).toBe(text);
  });
});

describe('where it is shown', () => {
  const shown = (isTTY: boolean): string[] => {
    const written: string[] = [];
    const clock = new ManualClock();
    const output = { write: (text: string) => written.push(text), isTTY };
    const progress = showProgress({ label: 'Sessions', total: 4, output, clock: clock.now });
    for (const pause of [10, 90, 5000]) {
      clock.advance(pause);
      progress.add(1);
    }
    progress.end();
    return written;
  };

  test('a terminal: one line, drawn again ten times a second', () => {
    const written = shown(true);
    expect(written.map((text) => /\d of \d/.exec(text)?.[0])).toEqual(['2 of 4', '3 of 4', '3 of 3']);
    expect(written.every((text) => text.startsWith('\r'))).toBe(true);
    expect(written.map((text) => text.endsWith('\n'))).toEqual([false, false, true]);
  });

  test('elsewhere: a line every five seconds, and the last one', () => {
    const written = shown(false);
    expect(written.map((text) => /\d of \d/.exec(text)?.[0])).toEqual(['3 of 4', '3 of 3']);
    expect(written.every((text) => text.endsWith('\n') && !text.includes('\r'))).toBe(true);
  });
});
