import { createHash } from 'node:crypto';
import type { DynamoDb, Item, Key, Partition } from '../../../dynamodb/client.ts';
import type { Bulk } from '../../operator/bulk.ts';
import { patiently } from '../../operator/patience.ts';
import type { Side } from '../side.ts';
import type { Agreement, AnnouncedWrite } from './agreement.ts';
import type { Marks } from './marks.ts';

/**
 * What the stage and one official installation last had in common: an item per record, in the table of the core's users. It
 * distinguishes a record that was deleted from one that has not been moved yet. The agreements of a kind have partitions of
 * their own, so listing them reads nothing else of the table.
 */
export interface Agreements {
  read(keys: readonly string[]): Promise<ReadonlyMap<string, Agreement>>;
  write(agreements: readonly Agreement[]): Promise<void>;
  forget(keys: readonly string[]): Promise<void>;
  /** All of them, page by page. */
  pages(): AsyncIterable<readonly Agreement[]>;
}

/** Where the agreements on records of one kind are. */
export interface AgreementPlace {
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  /** The name of the users' table. */
  readonly table: string;
  /** The name of the official installation. */
  readonly installation: string;
  /** The name of the kind. */
  readonly kind: string;
}

export function createAgreements({ db, bulk, table, installation, kind }: AgreementPlace): Agreements {
  const partitionOf = (shard: number): string => `moved#${kind}#${installation}#${shard}`;
  const keyOf = (key: string): Key => {
    const digest = createHash('sha256').update(key).digest();
    return { pk: partitionOf(digest.readUInt8() % SHARDS), sk: digest.toString('base64url') };
  };
  return {
    async read(keys) {
      const items = await db.batchGet(table, keys.map(keyOf));
      return new Map(items.map(fromItem).map((agreement) => [agreement.key, agreement]));
    },
    write: (agreements) =>
      bulk.write(
        table,
        agreements.map((agreement) => ({ ...keyOf(agreement.key), ...attributesOf(agreement) })),
      ),
    forget: (keys) => bulk.write(table, [], keys.map(keyOf)),
    async *pages() {
      for (let shard = 0; shard < SHARDS; shard++) {
        const partition = { name: 'pk', value: partitionOf(shard) };
        for await (const items of partitionPages(db, table, partition)) yield items.map(fromItem);
      }
    },
  };
}

/** DynamoDB writes 1,000 items a second to one partition. An import writes some thousands. */
const SHARDS = 16;

/** As many agreements are read for one page. */
const PAGE_SIZE = 100;

/** The items of a partition, page by page. An empty page is left out. */
async function* partitionPages(db: DynamoDb, table: string, partition: Partition): AsyncGenerator<readonly Item[]> {
  let after: Key | undefined;
  do {
    const start = after;
    const { items, next } = await patiently(() => db.queryPage(table, partition, { limit: PAGE_SIZE, after: start }));
    if (items.length > 0) yield items;
    after = next;
  } while (after !== undefined);
}

const fromItem = (item: Item): Agreement => ({
  key: String(item.key),
  marks: marksIn(item.marks),
  announced: announcedIn(item),
});

const attributesOf = ({ key, marks, announced }: Agreement): Item => ({
  key,
  ...(marks !== undefined && { marks: JSON.stringify(marks) }),
  ...(announced !== undefined && { announcedTo: announced.to }),
  ...(announced?.marks !== undefined && { announced: JSON.stringify(announced.marks) }),
  ...(announced?.ticket !== undefined && { ticket: announced.ticket }),
});

const marksIn = (text: Item[string] | undefined): Marks | undefined =>
  text === undefined ? undefined : (JSON.parse(String(text)) as Marks);

function announcedIn({ announcedTo, announced, ticket }: Item): AnnouncedWrite | undefined {
  if (announcedTo === undefined) return undefined;
  return { to: announcedTo as Side, marks: marksIn(announced), ticket: ticket as string | undefined };
}
