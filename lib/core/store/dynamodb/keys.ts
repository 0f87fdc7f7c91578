import { IF_NEW, ifEqual } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import type { Keyring, KeyringStore, PublishedKeys, PublishedKeysStore } from '../../keys/stored-keys.ts';

const KEYRING = { pk: 'keyring' };
const PUBLISHED = { pk: 'published-keys' };

/** The secrets, in a table that only session functions can read. */
export const createKeyringTable = (table: DynamoDbTable): KeyringStore => ({
  async read() {
    const item = await table.get(KEYRING);
    return item === undefined ? undefined : (JSON.parse(String(item.keyring)) as Keyring);
  },
  write: (keyring, replaced = keyring.version - 1) =>
    table.put(
      { ...KEYRING, version: keyring.version, keyring: JSON.stringify(keyring) },
      replaced === 0 ? IF_NEW : ifEqual('version', replaced),
    ),
});

/** The public keys, in a table of their own: verifying functions may read it, and nothing else. */
export const createPublishedKeysTable = (table: DynamoDbTable): PublishedKeysStore => ({
  async read() {
    const item = await table.get(PUBLISHED);
    return item === undefined ? undefined : (JSON.parse(String(item.keys)) as PublishedKeys);
  },
  write: (keys) =>
    table.put(
      { ...PUBLISHED, version: keys.version, keys: JSON.stringify(keys) },
      {
        expression: 'attribute_not_exists(pk) OR #v < :v',
        names: { '#v': 'version' },
        values: { ':v': keys.version },
      },
    ),
});
