import type { Database } from './targets.ts';

const READS = ['GetItem', 'Query', 'BatchGetItem'];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** The capacity that an action consumes. Strongly consistent reads cost a unit per 4 KB, writes one per KB. */
export async function measureCapacity(
  { consumed }: Pick<Database, 'consumed'>,
  action: () => Promise<unknown>,
): Promise<{ readonly reads: number; readonly writes: number }> {
  consumed.length = 0;
  await action();
  const sum = (operations: readonly string[]) =>
    consumed.filter(({ operation }) => operations.includes(operation)).reduce((total, { units }) => total + units, 0);
  return { reads: sum(READS), writes: sum(WRITES) };
}
