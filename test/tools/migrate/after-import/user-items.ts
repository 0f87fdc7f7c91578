import { LOCAL_REGION } from '../../../../lib/dev/dynamodb.ts';
import type { Item } from '../../../../lib/dynamodb/client.ts';
import { createBulk } from '../../../../lib/tools/operator/bulk.ts';
import type { Stage } from '../installation.ts';

/** Everything in the table of a stage's users, in a fixed order. */
export async function userItemsIn({ endpoint, names }: Stage): Promise<Item[]> {
  const bulk = createBulk({ endpoint, region: LOCAL_REGION });
  const all: Item[] = [];
  const any = { expression: 'pk <> :none', values: { ':none': ' ' } };
  for await (const { items } of bulk.scanPages(names.coreUsers, any)) all.push(...items);
  return all.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const keyOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;
