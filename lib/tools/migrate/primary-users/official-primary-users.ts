import type { Connection } from '../connection.ts';
import {
  deletedOfficialRecords,
  type OfficialVersion,
  removeOfficialRecords,
  writeOfficialRecords,
} from '../official-records.ts';
import type { OfficialSchema } from '../official-schema.ts';
import { inSnapshot } from '../official-transaction.ts';
import type { RecordDatabase } from '../records/record-database.ts';
import { countPrimaryUsers, primaryUserPages, readPrimaryUsers } from './official-primary-user-reading.ts';
import { officialPrimaryUserRecords } from './official-primary-user-writes.ts';
import type { MovedPrimaryUser } from './primary-user.ts';

export type OfficialPrimaryUsers = RecordDatabase<MovedPrimaryUser, OfficialVersion>;

/** The primary users of an official core's one app, with the login methods that are linked to each. */
export function createOfficialPrimaryUsers(
  { client }: Connection,
  { users: schema }: OfficialSchema,
): OfficialPrimaryUsers {
  const records = officialPrimaryUserRecords(client, schema);
  const canLink = schema.has('app_id_to_user_id', 'primary_or_recipe_user_id');
  return {
    side: 'official',
    pages: (after) => primaryUserPages(client, schema, after),
    count: () => countPrimaryUsers(client, schema),
    read: (keys) => inSnapshot(client, () => readPrimaryUsers(client, schema, keys)),
    refusalOf: () => (canLink ? undefined : 'an official core of this version links no accounts'),
    write: (changes, announce) => writeOfficialRecords(client, records, changes, announce),
    deletedOf: (missing) => deletedOfficialRecords(client, missing),
    remove: (stored) => removeOfficialRecords(client, records, stored),
  };
}
