import { patiently } from '../../operator/patience.ts';
import { type Decided, decideAll } from './merge.ts';
import { progressOf, type RecordJob } from './pass.ts';
import type { MovedRecord } from './record-database.ts';

/** How two sides compare, by every part of every record. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
  /** Changed or deleted in the target since. That is as it should be once the target is in use. */
  readonly newer: number;
  /** Not in the target, older there, or changed on both sides. What the source cannot give is not compared: the pass lists it. */
  readonly different: number;
  /** In the target alone. */
  readonly onlyThere: number;
}

/** So many records that differ are listed. */
const MAX_LISTED = 100;

/** Compares every record of both sides, and writes nothing. */
export async function compareRecords<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
): Promise<Comparison> {
  const compared = { same: 0, newer: 0, different: 0 };
  let listed = 0;
  const list = (key: string, what: string): void => {
    compared.different++;
    if (++listed <= MAX_LISTED) job.terminal.print(`Different: ${job.kind.one} ${key}: ${what}`);
  };
  const progress = progressOf(job, `Comparing ${job.kind.title.toLowerCase()}`, await job.source.count());
  for await (const page of job.source.pages()) {
    for (const decided of await patiently(() => decideAll({ ...job, isDryRun: true }, page.records))) {
      const { outcome } = decided;
      if (outcome === 'same') compared.same++;
      else if (outcome === 'newer' || outcome === 'deleted') compared.newer++;
      else list(decided.record.key, differenceIn(decided));
    }
    progress.add(page.records.length + page.refused.length);
  }
  progress.end();
  const onlyThere = await countOnlyThere(job, list);
  const { same, newer, different } = compared;
  return { compared: same + newer + different, same, newer, different, onlyThere };
}

function differenceIn<R extends MovedRecord, Version>({ outcome, change, reason }: Decided<R, Version>): string {
  if (reason !== undefined) return reason;
  return outcome === 'created' ? 'missing in the target' : `${change?.changed.join(', ')} older in the target`;
}

/** A record that the source has deleted, and the target still has, differs. */
async function countOnlyThere<R extends MovedRecord, Source, Target>(
  { source, target, agreements }: RecordJob<R, Source, Target>,
  list: (key: string, what: string) => void,
): Promise<number> {
  let onlyThere = 0;
  for await (const { records, refused } of target.pages()) {
    const keys = [...records, ...refused].map(({ key }) => key);
    const here = await patiently(() => source.read(keys));
    const alone = keys.filter((key) => !here.has(key));
    const agreed = await patiently(() => agreements.read(alone));
    for (const key of alone) {
      if (agreed.get(key)?.marks === undefined) onlyThere++;
      else list(key, 'deleted in the source, and still in the target');
    }
  }
  return onlyThere;
}
