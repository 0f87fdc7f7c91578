import type { DynamoDb, Item, Key } from '../../../dynamodb/client.ts';
import type { Bulk } from '../../operator/bulk.ts';
import type { Side } from '../side.ts';
import type { Agreement, AnnouncedWrite } from './agreement.ts';
import type { Marks } from './marks.ts';

/**
 * What the stage and one official installation last had in common: an item per record, in the table of the core's users. It
 * distinguishes a record that was deleted from one that has not been moved yet.
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
  const prefix = `moved#${kind}#`;
  const sortKey = `${kind} ${installation}`;
  const keyOf = (key: string): Key => ({ pk: `${prefix}${key}`, sk: sortKey });
  const fromItem = (item: Item): Agreement => ({
    key: String(item.pk).slice(prefix.length),
    marks: marksIn(item.marks),
    announced: announcedIn(item),
  });
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
      for await (const items of bulk.scan(table, sortKey)) yield items.map(fromItem);
    },
  };
}

const attributesOf = ({ marks, announced }: Agreement): Item => ({
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
