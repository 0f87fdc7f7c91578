const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/**
 * Words a duration in a language, such as `1 hour and 30 minutes`. Parts of a second are left out, but it says `1 second` at least.
 * @param language a language tag, such as `en` (RFC 5646)
 */
export function durationIn(language: string, milliseconds: number): string {
  let rest = Math.max(1, Math.floor(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0)
      parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count));
  }
  return new Intl.ListFormat(language).format(parts);
}
