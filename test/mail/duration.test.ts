import { durationIn } from '../../lib/mail/duration.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [HOUR, '1 hour', '1 Stunde'],
  [2 * HOUR, '2 hours', '2 Stunden'],
  [15 * MINUTE, '15 minutes', '15 Minuten'],
  [90 * MINUTE, '1 hour and 30 minutes', '1 Stunde und 30 Minuten'],
  [DAY, '1 day', '1 Tag'],
  [3 * DAY, '3 days', '3 Tage'],
  [DAY + 2 * HOUR + MINUTE, '1 day, 2 hours, and 1 minute', '1 Tag, 2 Stunden und 1 Minute'],
  [90_999, '1 minute and 30 seconds', '1 Minute und 30 Sekunden'],
  [1, '1 second', '1 Sekunde'],
])('%i ms are %s, in German %s', (duration, english, german) => {
  expect(durationIn('en', duration)).toBe(english);
  expect(durationIn('de', duration)).toBe(german);
});
