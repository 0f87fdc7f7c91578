import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { CommandFailed } from '../command-line.ts';

/** The path of a map, such as `['resources', 'Resources']`. */
export type MapPath = readonly string[];

/**
 * Parses a serverless.yml. CloudFormation's own tags stay as they are.
 * @throws CommandFailed if the text is not YAML
 */
export function parseServerlessYml(text: string): Document {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw new CommandFailed(`serverless.yml is not valid YAML: ${error.message}`);
  return document;
}

/** The keys of a map in the order of the text; none if there is no such map. */
export const keysAt = (text: string, path: MapPath): string[] =>
  mapsAt(parseServerlessYml(text), path).flatMap(({ items }) => items.map(keyOf));

/**
 * Appends entries to the map at a path. Every other character of the text stays.
 * @param entry the lines of one or more entries, not indented
 * @throws CommandFailed if there is no such map
 */
export function appendEntry(text: string, path: MapPath, entry: string): string {
  const map = mapsAt(parseServerlessYml(text), path).at(-1);
  if (map === undefined) throw new CommandFailed(`serverless.yml has no ${path.join('.')} to add to.`);
  const last = map.items.at(-1);
  if (last === undefined) return fillEmptyMap(text, map, entry);
  const column = columnOf(text, startOf(last));
  const end = endOfLine(text, endOf(last));
  const before = text.slice(0, end);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${indented(entry, column)}${text.slice(end)}`;
}

/** Beside an empty map: an entry above or below `{}` is no YAML. */
const HINT = ' # Replace {} by your first entry.';

/**
 * Removes an entry from the map at a path, and the comment lines just above it. Every other character stays.
 * A comment above the first entry is about the whole map and stays, too. If there is no such entry, nothing changes.
 */
export function removeEntry(text: string, path: MapPath, key: string): string {
  const map = mapsAt(parseServerlessYml(text), path).find(({ items }) => items.some((item) => keyOf(item) === key));
  const entry = map?.items.find((item) => keyOf(item) === key);
  if (map === undefined || entry === undefined) return text;
  const start = startOf(entry);
  const end = endOfLine(text, endOf(entry));
  if (map.items.length === 1) return `${text.slice(0, start)}{}${HINT}\n${text.slice(end)}`;
  if (map.items[0] === entry) return `${text.slice(0, start)}${text.slice(end).trimStart()}`;
  const from = startOfComment(text, text.lastIndexOf('\n', start - 1) + 1);
  return withoutDoubleBlankLine(text.slice(0, from), text.slice(end));
}

/** A section may be one map, or a list of maps and files: then each map counts. */
function mapsAt(document: Document, path: MapPath): YAMLMap[] {
  const [section, ...rest] = path;
  const node = document.get(section, true);
  const candidates = isSeq(node) ? node.items : [node];
  return candidates.flatMap((candidate) => {
    const found = isMap(candidate) && rest.length > 0 ? candidate.getIn(rest, true) : candidate;
    return isMap(found) ? [found] : [];
  });
}

/** The name of an entry. */
export const keyOf = ({ key }: Pair<unknown, unknown>): string => String(isScalar(key) ? key.value : key);

function startOf({ key }: Pair): number {
  const start = isScalar(key) ? key.range?.[0] : undefined;
  if (start === undefined) throw new CommandFailed('serverless.yml has a key that is not plain text.');
  return start;
}

/** Where an entry's value ends, without the comments that follow it. */
function endOf({ key, value }: Pair): number {
  const node = value ?? key;
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  const end = Array.isArray(range) ? range[1] : undefined;
  if (typeof end !== 'number') throw new CommandFailed('serverless.yml has an entry without a place.');
  return end;
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1);

function endOfLine(text: string, at: number): number {
  if (text[at - 1] === '\n') return at;
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** The start of the comment lines just above a line. */
function startOfComment(text: string, lineStart: number): number {
  let start = lineStart;
  while (start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    if (!text.slice(above, start).trimStart().startsWith('#')) return start;
    start = above;
  }
  return start;
}

const withoutDoubleBlankLine = (before: string, after: string): string =>
  before.endsWith('\n\n') && after.startsWith('\n') ? before + after.slice(1) : before + after;

const indented = (lines: string, by: number): string => lines.replaceAll(/^(?=.)/gm, ' '.repeat(by));

/** Replaces `{}` by a block: at its own column if it has its own line, else two columns further in than its key. */
function fillEmptyMap(text: string, map: YAMLMap, entry: string): string {
  const [start, end] = map.range ?? [];
  if (start === undefined || end === undefined) throw new CommandFailed('serverless.yml has a map without a place.');
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const rest = text.slice(text.startsWith(HINT, end) ? end + HINT.length : end);
  if (['', '-'].includes(line.trim())) return text.slice(0, start) + indented(entry, line.length).trim() + rest;
  const indentOfKey = line.length - line.trimStart().length;
  return `${text.slice(0, start).trimEnd()}\n${indented(entry, indentOfKey + 2).trimEnd()}${rest}`;
}
