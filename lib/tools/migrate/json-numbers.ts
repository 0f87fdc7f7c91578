/** How a number of a JSON text comes out once JavaScript has read and written it. */
export type NumberChange = 'none' | 'notation' | 'value';

/**
 * An official core keeps numbers digit by digit, and backends in Go, Java or Python may tell `1.0` from `1`. JavaScript
 * keeps a double. `1.0` becomes `1`, which is the same number in another notation. A number beyond 2^53, or with more
 * digits than a double has, becomes another number.
 * @param source the number as the text has it
 */
export function changeOf(value: number, source: string): NumberChange {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return 'value';
  const written = JSON.stringify(value);
  if (written === source) return 'none';
  return decimalOf(written) === decimalOf(source) ? 'notation' : 'value';
}

/** The same text for every notation of the same number: its significant digits and its exponent. */
function decimalOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** Only such a text can have a number that changes: a fraction, an exponent, a negative zero, or many digits. */
const MAY_CHANGE = /\d\.\d|\d[eE]|-0|\d{16}/;

export interface ParsedJson {
  readonly value: unknown;
  /** The numbers that change, as the text has them. */
  readonly changed: Readonly<Record<Exclude<NumberChange, 'none'>, readonly string[]>>;
}

/** @throws SyntaxError */
export function parseJson(text: string): ParsedJson {
  const changed: Record<Exclude<NumberChange, 'none'>, string[]> = { notation: [], value: [] };
  if (!MAY_CHANGE.test(text)) return { value: JSON.parse(text), changed };
  const check = (_name: string, value: unknown, { source }: { source?: string } = {}): unknown => {
    if (typeof value !== 'number' || source === undefined) return value;
    const change = changeOf(value, source);
    if (change !== 'none') changed[change].push(source);
    return value;
  };
  return { value: JSON.parse(text, check), changed };
}
