import type { Json } from '../../lib/core/types.ts';

/** What a run has found out so far, and exchanges refer to. */
export interface Known {
  /** A user id that is new for each run. */
  readonly user: string;
  /** Phone numbers that are new for each run, in the form E.164. */
  readonly phone: string;
  readonly phone2: string;
  /** The bodies of the answers, by the id of their step. */
  readonly answers: Map<string, Json>;
}

const REFERENCE = /\$\{([^}|]+)((?:\|[^}|]+)*)\}/g;
const ONE_REFERENCE = /^\$\{([^}|]+)\}$/;

/** Replaces `${user}`, `${step.path.to.value}` and `${…|filter|…}` in a text. @throws if there is no such value */
export const resolveText = (text: string, known: Known): string =>
  text.replace(REFERENCE, (_whole, name: string, filters: string) =>
    filters
      .split('|')
      .filter(Boolean)
      .map(filterNamed)
      .reduce((value, filter) => filter(value), lookUpText(name, known)),
  );

/** {@link resolveText}, but a reference that stands alone keeps its type: a number stays a number. */
export function resolveValue(text: string, known: Known): string | number {
  const name = ONE_REFERENCE.exec(text)?.[1];
  const value = name === undefined ? undefined : lookUp(name, known);
  return typeof value === 'number' ? value : resolveText(text, known);
}

/** {@link resolveText} for every text in a JSON value. */
export function resolveJson(value: Json, known: Known): Json {
  if (typeof value === 'string') return resolveValue(value, known);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => resolveJson(item, known));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolveJson(member, known)]));
}

function lookUpText(name: string, known: Known): string {
  const value = lookUp(name, known);
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`No answer so far has a text at ${name}`);
  return String(value);
}

function lookUp(name: string, known: Known): Json | undefined {
  if (name === 'user' || name === 'phone' || name === 'phone2') return known[name];
  const [step = '', ...path] = name.split('.');
  return path.reduce<Json | undefined>(memberOf, known.answers.get(step));
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Json>>)[name] : undefined;

/** How a value is changed on its way into a request: encoded, or tampered with. */
const FILTERS: Readonly<Record<string, (value: string) => string>> = {
  url: encodeURIComponent,
  upper: (text) => text.toUpperCase(),
  // +16505550100 becomes +1 (650) 555-0100.
  spaced: (phone) => phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3'),
  otherCode: (code) => replaceAt(code, 0),
  badSignature: (jwt) => withParts(jwt, (header, payload, signature) => [header, payload, replaceAt(signature, 0.5)]),
  otherPayload: (jwt) =>
    withParts(jwt, (header, payload, signature) => [header, changed(payload, { sub: 'someone-else' }), signature]),
  noSignature: (jwt) => withParts(jwt, (header, payload) => [header, payload, '']),
  algNone: (jwt) => withParts(jwt, (header, payload) => [changed(header, { alg: 'none' }), payload, '']),
  otherKid: (jwt) =>
    withParts(jwt, (header, payload, signature) => [changed(header, { kid: 'd-1' }), payload, signature]),
  otherNonce: (token) => withParts(token, (sealed, nonce, version) => [sealed, replaceAt(nonce, 0), version]),
  flip: (token) => replaceAt(token, 0.25),
};

function filterNamed(name: string): (value: string) => string {
  const filter = FILTERS[name];
  if (filter === undefined) throw new Error(`There is no filter ${name}`);
  return filter;
}

function withParts(token: string, change: (a: string, b: string, c: string) => readonly string[]): string {
  const [a = '', b = '', c = ''] = token.split('.');
  return change(a, b, c).join('.');
}

/** Replaces one character by another that is a digit of hex and of base64. */
function replaceAt(text: string, share: number): string {
  const at = Math.floor(text.length * share);
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
}

function changed(part: string, members: Readonly<Record<string, string>>): string {
  const content = JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  return Buffer.from(JSON.stringify({ ...content, ...members })).toString('base64url');
}
