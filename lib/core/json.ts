import type { Json } from './types.ts';

/** Only such a text can have a number that changes: a fraction, an exponent, a negative zero, or many digits. */
const MAY_CHANGE = /\d\.\d|\d[eE]|-0|\d{16}/;

/**
 * Parses JSON so that `JSON.stringify` writes every number as it was. An official core keeps numbers digit by digit, and
 * backends in Go, Java or Python may tell `1.0` from `1`. `JSON.parse` alone changes `1.0`, `-0.0`, `1e400`, and numbers
 * beyond 2^53.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  return MAY_CHANGE.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text);
}

function keepNumber(_name: string, value: Json, { source }: { readonly source?: string } = {}): Json {
  if (typeof value !== 'number' || source === undefined || JSON.stringify(value) === source) return value;
  return JSON.rawJSON(source);
}
