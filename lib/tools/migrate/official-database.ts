import type pg from 'pg';
import type { Millis } from '../../core/types.ts';
import { CommandFailed } from '../command-line.ts';
import { connectionTo, explainPostgres, isExposed, reasonOf } from './connection.ts';
import { readOfficialSchema } from './official-schema.ts';
import { createOfficialPrimaryUsers, type OfficialPrimaryUsers } from './primary-users/official-primary-users.ts';
import { createOfficialRoles, type OfficialRoles } from './roles/official-roles.ts';
import { createOfficialSessions, type OfficialSessions } from './sessions/official-sessions.ts';
import type { MigrationMode } from './users/migration-mode.ts';
import { createOfficialUsers, type OfficialUsers } from './users/official-users.ts';

/** An official core's PostgreSQL, over one connection. Its methods throw `CommandFailed` or pg's errors. */
export interface OfficialDatabase {
  /** Host and name, without user and password. */
  readonly where: string;
  /** Whether others on the network could read what goes over it: keys and the refresh secret. */
  readonly isExposed: boolean;
  readonly sessions: OfficialSessions;
  /** Whether the core's version keeps roles, users and linked accounts. */
  readonly hasUsers: boolean;
  readonly roles: OfficialRoles;
  readonly users: OfficialUsers;
  readonly primaryUsers: OfficialPrimaryUsers;
  readonly query: pg.Client['query'];
  /** PostgreSQL's own time. */
  now(): Promise<Millis>;
  close(): Promise<void>;
}

/** Without one of these, the others are those of a core that keeps only sessions. */
const NEEDED = ['app_id_to_user_id', 'roles', 'role_permissions', 'user_roles', 'user_metadata'] as const;

/**
 * Works on an official core's database, and closes the connection. A failure of PostgreSQL becomes a message for the operator.
 * @throws CommandFailed
 */
export async function withOfficialDatabase<T>(
  address: string,
  mode: MigrationMode | undefined,
  work: (official: OfficialDatabase) => Promise<T>,
): Promise<T> {
  try {
    const official = await openOfficialDatabase(address, mode);
    try {
      return await work(official);
    } finally {
      await official.close();
    }
  } catch (error) {
    throw explainPostgres(error);
  }
}

/**
 * Connects to an official core's database.
 * @param address `postgres://user@host:port/name`. Absent parts, such as the password, come from `PGPASSWORD` and
 * similar variables, as for psql
 * @param mode the migration mode, if the core has it in its file or environment
 * @throws CommandFailed if it cannot be reached, or no official core has kept sessions there
 */
export async function openOfficialDatabase(address: string, mode?: MigrationMode): Promise<OfficialDatabase> {
  const connection = connectionTo(address);
  const { client } = connection;
  const where = `${client.host}:${client.port}/${client.database ?? ''}`;
  try {
    await client.connect();
  } catch (error) {
    // PostgreSQL would wait a minute for a password. Not awaited: a connection that was never made has no end.
    void client.end().catch(() => undefined);
    throw new CommandFailed(`Cannot connect to PostgreSQL at ${where}: ${reasonOf(error)}`);
  }
  try {
    // An import is one statement that lasts as long as DynamoDB takes to write everything.
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    const schema = await readOfficialSchema(client, where, mode);
    return {
      where,
      isExposed: isExposed(client),
      sessions: createOfficialSessions(connection, schema),
      hasUsers: NEEDED.every((table) => schema.users.has(table)),
      roles: createOfficialRoles(connection, schema),
      users: createOfficialUsers(connection, schema),
      primaryUsers: createOfficialPrimaryUsers(connection, schema),
      query: client.query.bind(client) as pg.Client['query'],
      async now() {
        const { rows } = await client.query<{ now: string }>(
          'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
        );
        return Math.floor(Number(rows[0]?.now));
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
