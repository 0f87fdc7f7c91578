import type { Millis } from '../../../core/types.ts';
import type { DynamoDb, Item } from '../../../dynamodb/client.ts';
import { patiently } from '../../operator/patience.ts';
import { emptyTally, type Tally } from './move.ts';

/** How far an import has come. The record is in the sessions table, so that you can continue from any machine. */
export interface Pass {
  /** By the official database's time. */
  readonly startedAt: Millis;
  /** Everything up to there is done; all of it, once {@link isComplete}. */
  readonly position: string | undefined;
  readonly tally: Tally;
  /** Whether both sides have had sessions in common before this pass: revocations are taken over then. */
  readonly isLater: boolean;
  readonly isComplete: boolean;
}

export interface Passes {
  /** The last one; `undefined` if there was none. */
  read(): Promise<Pass | undefined>;
  write(pass: Pass): Promise<void>;
}

/** @param installation the name of the one that is imported from */
export function createPasses(db: DynamoDb, table: string, installation: string): Passes {
  const key = { pk: 'import', sk: `pass ${installation}` };
  return {
    async read() {
      const item = await db.get(table, key);
      return item === undefined ? undefined : fromItem(item);
    },
    async write({ startedAt, position, tally, isLater, isComplete }) {
      const rest = { startedAt, tally: JSON.stringify(tally), isLater, isComplete };
      const item = { ...key, ...rest, ...(position !== undefined && { position }) };
      await patiently(() => db.put(table, item));
    },
  };
}

const fromItem = (item: Item): Pass => ({
  startedAt: item.startedAt as Millis,
  position: item.position as string | undefined,
  tally: { ...emptyTally(), ...(JSON.parse(String(item.tally)) as Partial<Tally>) },
  isLater: item.isLater === true,
  isComplete: item.isComplete === true,
});
