import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, loadavg, totalmem } from 'node:os';

const DOCUMENT = new URL('../../docs/benchmarks.md', import.meta.url);
const HEADING = '# Benchmarks\n';

/** A table in Markdown: the first column to the left, numbers to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Replaces what stands between a benchmark's markers, or adds it at the end; the rest belongs to others. */
export function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const section = `${begin}\n${content.trim()}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) return `${text.trimEnd()}\n\n${section}\n`;
  return `${text.slice(0, from)}${section}${text.slice(to + end.length)}`;
}

/** Writes a benchmark's section of docs/benchmarks.md. */
export async function writeSection(name: string, content: string): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8').catch(() => HEADING);
  await writeFile(DOCUMENT, replaceSection(text, name, content));
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
