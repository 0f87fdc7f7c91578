import type { Millis } from '../../../core/types.ts';
import type { DynamoDb, Item } from '../../../dynamodb/client.ts';
import { patiently } from '../../operator/patience.ts';

/** How far a pass has come. It is kept in the table of the core's users, so that you can continue from any machine. */
export interface Pass {
  readonly startedAt: Millis;
  /** Everything up to there is done. */
  readonly position: string;
  /** The last record of it. */
  readonly lastKey: string;
  /** How many records that is. */
  readonly count: number;
}

/** The unfinished pass over the records of one kind. */
export interface Passes {
  /** `undefined` if the last one was finished, or there was none. */
  read(): Promise<Pass | undefined>;
  write(pass: Pass): Promise<void>;
  /** Notes that it is finished. */
  forget(): Promise<void>;
}

/** Where the pass of one kind, in one direction, is kept. */
export interface PassPlace {
  readonly db: DynamoDb;
  /** The name of the users' table. */
  readonly table: string;
  /** The name of the official installation. */
  readonly installation: string;
  /** The name of the kind. */
  readonly kind: string;
  readonly direction: 'import' | 'export';
}

export function createPasses({ db, table, installation, kind, direction }: PassPlace): Passes {
  const key = { pk: `moving#${kind}#${direction}`, sk: `pass ${installation}` };
  return {
    async read() {
      const item = await db.get(table, key);
      return item && fromItem(item);
    },
    async write(pass) {
      await patiently(() => db.put(table, { ...key, ...pass }));
    },
    async forget() {
      await patiently(() => db.delete(table, key));
    },
  };
}

const fromItem = ({ startedAt, position, lastKey, count }: Item): Pass => ({
  startedAt: Number(startedAt),
  position: String(position),
  lastKey: String(lastKey),
  count: Number(count),
});
