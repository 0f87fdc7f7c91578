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
import { refusalOfUser } from './official-user-limits.ts';
import { countUsers, userPages } from './official-user-pages.ts';
import { createUserReader } from './official-user-reading.ts';
import { officialUserRecords } from './official-user-writes.ts';
import type { MovedUser } from './user.ts';

export type OfficialUsers = RecordDatabase<MovedUser, OfficialVersion>;

/** The users of an official core's one app and tenant. Those of others, and of other recipes, are listed with the reason. */
export function createOfficialUsers({ client }: Connection, { users: schema }: OfficialSchema): OfficialUsers {
  const read = createUserReader(client, schema);
  const records = officialUserRecords(client, schema, read);
  return {
    side: 'official',
    pages: (after) => userPages(client, schema, read, after),
    count: () => countUsers(client, schema),
    read: (keys) => inSnapshot(client, () => read(keys)),
    refusalOf: refusalOfUser,
    write: (changes, announce) => writeOfficialRecords(client, records, changes, announce),
    deletedOf: (missing) => deletedOfficialRecords(client, missing),
    remove: (stored) => removeOfficialRecords(client, records, stored),
  };
}
