import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, loadavg, totalmem } from 'node:os';
import type { Latencies } from './statistics.ts';

const PROJECT = new URL('../../', import.meta.url);
const DOCUMENT = 'docs/benchmarks.md';

/** A table in Markdown: the first column to the left, numbers to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

interface AtSize {
  readonly operation: string;
  /** Of what the columns compare: stored users, connections, … */
  readonly size: number;
}

/** A row for each operation and a column for each size. Where nothing was measured, the table has a dash. */
export function sizeTable<T extends AtSize>(
  head: string,
  results: readonly T[],
  { unit, cellOf }: { readonly unit: string; readonly cellOf: (result: T) => string },
): string {
  const sizes = [...new Set(results.map(({ size }) => size))].toSorted((a, b) => a - b);
  const rows = [...new Set(results.map(({ operation }) => operation))].map((operation) => [
    operation,
    ...sizes.map((size) => {
      const result = results.find((one) => one.operation === operation && one.size === size);
      return result === undefined ? '–' : cellOf(result);
    }),
  ]);
  const columns = sizes.map((size) => `${size.toLocaleString('en-US')} ${unit}${size === 1 ? '' : 's'}`);
  return markdownTable([head, ...columns], rows);
}

/** The median, and the 99th percentile in brackets, both in ms. */
export const latencyCell = ({ p50Ms, p99Ms }: Pick<Latencies, 'p50Ms' | 'p99Ms'>): string =>
  `${p50Ms.toFixed(2)} (${p99Ms.toFixed(2)})`;

/** Replaces what stands between a benchmark's markers, or adds it at the end; the rest belongs to others. */
export function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const section = `${begin}\n${content.trim()}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) return `${text.trimEnd()}\n\n${section}\n`;
  return `${text.slice(0, from)}${section}${text.slice(to + end.length)}`;
}

/** Writes a benchmark's section of a document. */
export const writeSection = (name: string, content: string, document = DOCUMENT): Promise<void> =>
  change(document, (text) => replaceSection(text, name, content));

/** Replaces the figures in a sentence. @throws Error if the text does not have the sentence, or has it twice */
export function replaceFigures(text: string, sentence: RegExp, figures: readonly string[]): string {
  const places = [...text.matchAll(new RegExp(sentence, 'gd'))];
  const [place] = places;
  if (place?.indices === undefined || places.length > 1) throw new Error(`There is not one sentence like ${sentence}`);
  // From the end, so that the places before it stay.
  return figures.reduceRight((changed, figure, index) => {
    const [from = 0, to = 0] = place.indices?.[index + 1] ?? [];
    return `${changed.slice(0, from)}${figure}${changed.slice(to)}`;
  }, text);
}

/** Writes the figures in a sentence of a document. @throws Error as {@link replaceFigures} */
export const writeFigures = (document: string, sentence: RegExp, figures: readonly string[]): Promise<void> =>
  change(document, (text) => replaceFigures(text, sentence, figures));

async function change(document: string, edit: (text: string) => string): Promise<void> {
  const file = new URL(document, PROJECT);
  await writeFile(file, edit(await readFile(file, 'utf8')));
}

/** What the machine did before the benchmark, which it then shared: well over the number of CPUs, and numbers say little. */
const [LOAD_BEFORE = 0] = loadavg();

/** What numbers depend on: machine, date, command, and what else the machine did. */
export function describeRun(command: string): string {
  const [{ model } = { model: 'unknown' }, ...others] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${others.length + 1} × ${model.trim()}, ${arch()}, ${memory} GB, Node.js ${process.versions.node}`;
  const load = `load average before: ${LOAD_BEFORE.toFixed(1)}`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}, ${load}: \`${command}\``;
}
