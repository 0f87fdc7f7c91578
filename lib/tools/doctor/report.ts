import { styleText } from 'node:util';
import type { Diagnosis } from './examine.ts';
import { type Finding, type Level, SUBJECTS } from './finding.ts';

/** How many findings there are of each level. */
export function countLevels(findings: readonly Finding[]): Readonly<Record<Level, number>> {
  const counts = { problem: 0, warning: 0, ok: 0, skipped: 0 };
  for (const { level } of findings) counts[level]++;
  return counts;
}

/** For machines. */
export const jsonReport = ({ target, isReachable, findings }: Diagnosis): string =>
  JSON.stringify({ ...target, isReachable, counts: countLevels(findings), findings }, null, 2);

const STYLES = { ok: 'green', warning: 'yellow', problem: 'red', skipped: 'gray' } as const satisfies Record<
  Level,
  string
>;

const INDENT = ' '.repeat(10);

/** For people. @param isColoured whether levels are in colour, as terminals show it */
export function textReport({ target, findings }: Diagnosis, isColoured: boolean): string {
  const paint = (level: Level, text: string): string =>
    isColoured ? styleText(STYLES[level], text, { validateStream: false }) : text;
  const subjects = Object.entries(SUBJECTS).map(([subject, ids]) => {
    const own = findings.filter(({ id }) => (ids as readonly string[]).includes(id));
    return own.length === 0
      ? ''
      : [subject, ...joinSkipped(own).map((finding) => lines(finding, paint)), ''].join('\n');
  });
  const heading = `${target.api}${target.gatewayPath}, called from ${target.website}\n`;
  return [heading, ...subjects.filter((text) => text !== ''), summary(findings, paint)].join('\n');
}

interface Shown extends Omit<Finding, 'id'> {
  /** Of one check, or of several with commas. */
  readonly id: string;
}

/** Checks of one subject that are skipped for the same reason share a line. */
function joinSkipped(findings: readonly Finding[]): Shown[] {
  const shown: Shown[] = [];
  for (const finding of findings) {
    const last = shown.at(-1);
    const isSame = finding.level === 'skipped' && last?.level === 'skipped' && finding.observed === last.observed;
    if (isSame) shown[shown.length - 1] = { ...last, id: `${last.id}, ${finding.id}` };
    else shown.push(finding);
  }
  return shown;
}

type Paint = (level: Level, text: string) => string;

function lines({ id, level, observed, fix, see }: Shown, paint: Paint): string {
  const first = `  ${paint(level, level.padEnd(INDENT.length - 2))}${id}: ${observed}`;
  const second = fix === undefined ? [] : [`${INDENT}-> ${fix}${see === undefined ? '' : ` (${see})`}`];
  return [first, ...second].join('\n');
}

function summary(findings: readonly Finding[], paint: Paint): string {
  const { problem, warning, ok, skipped } = countLevels(findings);
  const verdict = problem === 0 ? paint('ok', 'No problem') : paint('problem', plural(problem, 'problem'));
  return `${verdict}, ${plural(warning, 'warning')}, ${ok} ok, ${skipped} skipped.`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
