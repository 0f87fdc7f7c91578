import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, type Millis } from '../../lib/core/types.ts';
import type { RecordedResponse } from './exchange.ts';
import { type Known, resolveText, resolveValue } from './references.ts';
import type { VerifiedJwts } from './signatures.ts';
import type { Answer } from './target.ts';

/** What an answer is compared with, apart from what was recorded. */
export interface Circumstances {
  readonly known: Known;
  /** Of the request. */
  readonly moment: Millis;
  /** The JWTs of the answer whose signature is good. */
  readonly jwts: VerifiedJwts;
}

/** In what an answer differs from the recorded one; nothing if it matches. */
export function faultsOfAnswer(recorded: RecordedResponse, answer: Answer, by: Circumstances): string[] {
  const { status, contentType, cacheControl = null, json, text = null } = recorded;
  const givenCaching = answer.cacheControl ?? null;
  return [
    ...unless(answer.status === status, 'status', answer.status, status),
    ...unless(isSameType(answer.contentType, contentType), 'content-type', answer.contentType, contentType),
    ...unless(isSameCaching(givenCaching, cacheControl), 'cache-control', givenCaching, cacheControl),
    ...(json === undefined ? faultsOf(text, answer.body, by) : faultsOf(json, answer.json, by)),
  ];
}

const isSameType = (actual: string | undefined, expected: string): boolean =>
  actual?.toLowerCase().replaceAll(' ', '') === expected.toLowerCase().replaceAll(' ', '');

/** `<seconds>` stands for any number. */
const isSameCaching = (actual: string | null, expected: string | null): boolean =>
  (actual?.replace(/\d+/g, '<seconds>') ?? null) === expected;

/** In what a value differs from what is expected at its place; nothing if it matches. */
export function faultsOf(expected: Json, actual: Json | undefined, by: Circumstances, place = 'body'): string[] {
  if (typeof expected === 'string') return faultsOfText(expected, actual, by, place);
  if (Array.isArray(expected)) return faultsOfItems(expected, actual, by, place);
  if (typeof expected !== 'object' || expected === null) return unless(actual === expected, place, actual, expected);
  const pattern = Object.keys(expected).find((name) => name.startsWith('$'));
  if (pattern !== undefined) return patternNamed(pattern)(expected as JsonObject, actual, by, place);
  return faultsOfMembers(expected as JsonObject, actual, by, place);
}

function unless(isMatch: boolean, place: string, actual: Json | undefined, expected: Json): string[] {
  return isMatch ? [] : [`${place}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

function faultsOfText(
  expected: string,
  actual: Json | undefined,
  { known }: Circumstances,
  place: string,
  resolve: (text: string, known: Known) => string | number = resolveValue,
): string[] {
  try {
    const value = resolve(expected, known);
    return unless(actual === value, place, actual, value);
  } catch (error) {
    // A wrong answer may lack what it is to be compared with elsewhere.
    return [`${place}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function faultsOfItems(expected: readonly Json[], actual: Json | undefined, by: Circumstances, place: string) {
  if (!Array.isArray(actual) || actual.length !== expected.length) return unless(false, place, actual, expected);
  return expected.flatMap((item, index) => faultsOf(item, actual[index], by, `${place}.${index}`));
}

function faultsOfMembers(expected: JsonObject, actual: Json | undefined, by: Circumstances, place: string): string[] {
  if (!isJsonObject(actual)) return unless(false, place, actual, expected);
  const surplus = Object.keys(actual).filter((name) => !Object.hasOwn(expected, name));
  return [
    ...surplus.map((name) => `${place}.${name}: ${JSON.stringify(actual[name])} instead of nothing`),
    ...Object.entries(expected).flatMap(([name, member]) =>
      faultsOf(member, Object.hasOwn(actual, name) ? actual[name] : undefined, by, `${place}.${name}`),
    ),
  ];
}

type Pattern = (expected: JsonObject, actual: Json | undefined, by: Circumstances, place: string) => string[];

const PATTERNS: Readonly<Record<string, Pattern>> = {
  $is: (expected, actual, _by, place) => {
    const isSuch = KINDS[String(expected.$is)];
    if (isSuch === undefined) throw new Error(`There is no kind ${String(expected.$is)}`);
    return unless(typeof actual === 'string' && isSuch(actual), place, actual, expected);
  },
  $sha256: (expected, actual, by, place) =>
    faultsOfText(String(expected.$sha256), actual, by, place, (text, known) => sha256(resolveText(text, known))),
  $time: (expected, actual, { moment }, place) =>
    unless(isNear(actual, moment + Number(expected.offset) * unitOf(expected), unitOf(expected)), place, actual, {
      ...expected,
      moment,
    }),
  $jwt: (expected, actual, by, place) => {
    const jwt = by.jwts.get(String(actual));
    if (jwt === undefined) return [`${place}: ${JSON.stringify(actual)} is no JWT that the target's keys have signed`];
    return faultsOf(expected.$jwt ?? null, { header: jwt.header, payload: jwt.payload }, by, place);
  },
  $unordered: (expected, actual, by, place) => {
    const isMatch = Array.isArray(actual) && isSameBag(expected.$unordered as readonly Json[], actual, by);
    return unless(isMatch, place, actual, expected);
  },
};

function patternNamed(name: string): Pattern {
  const pattern = PATTERNS[name];
  if (pattern === undefined) throw new Error(`There is no pattern ${name}`);
  return pattern;
}

const KINDS: Readonly<Record<string, (text: string) => boolean>> = {
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text),
  refreshToken: (text) =>
    /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\.[0-9a-f]{64}\.V2$/.test(text),
  sha256: (text) => /^[0-9a-f]{64}$/.test(text),
  // 256 bytes, the first of which is at least 0x80.
  modulus: (text) => /^[g-z0-9_-][A-Za-z0-9_-]{341}$/.test(text),
  dynamicKid: (text) => /^d-\d+$/.test(text),
  staticKid: (text) => /^s-.+$/.test(text),
  text: (text) => text !== '',
  urlToken: (text) => /^[A-Za-z0-9_-]{40,}$/.test(text),
  deviceId: (text) => /^[A-Za-z0-9+/]{43}=$/.test(text),
  base64url32: (text) => /^[A-Za-z0-9_-]{43}$/.test(text),
  sixDigits: (text) => /^\d{6}$/.test(text),
  pageToken: (text) => text !== '',
};

const TOLERANCE: Millis = 3000;

/** @param unit in which `actual` counts, ms */
const isNear = (actual: Json | undefined, time: Millis, unit: Millis): boolean =>
  typeof actual === 'number' && Number.isInteger(actual) && Math.abs(actual * unit - time) <= TOLERANCE;

function unitOf({ $time: unit }: JsonObject): Millis {
  if (unit !== 's' && unit !== 'ms') throw new Error(`There is no unit of time ${String(unit)}`);
  return unit === 's' ? 1000 : 1;
}

/** Each item takes the first that matches it and is still free. */
function isSameBag(expected: readonly Json[], actual: readonly Json[], by: Circumstances): boolean {
  const free = [...actual];
  for (const item of expected) {
    const at = free.findIndex((candidate) => faultsOf(item, candidate, by).length === 0);
    if (at === -1) return false;
    free.splice(at, 1);
  }
  return free.length === 0;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
