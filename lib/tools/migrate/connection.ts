import pg from 'pg';
import { CommandFailed } from '../command-line.ts';

/** The one connection, and what says that it is broken. */
export interface Connection {
  readonly client: pg.Client;
  readonly broken: AbortSignal;
}

/** A firewall may drop packets without an answer. ms */
const CONNECTION_TIMEOUT = 20_000;

/** @throws CommandFailed if the address is none, or a file of it is not there */
export function connectionTo(address: string): Connection {
  const broken = new AbortController();
  try {
    const client = new pg.Client({
      connectionString: address,
      application_name: 'supertokens-sessions-migrate',
      keepAlive: true,
      connectionTimeoutMillis: CONNECTION_TIMEOUT,
    });
    client.on('error', (error) => broken.abort(error));
    return { client, broken: broken.signal };
  } catch (error) {
    // The address itself may hold a password.
    throw new CommandFailed(`This is not an address of a PostgreSQL server: ${reasonOf(error)}`);
  }
}

/**
 * Unlike psql, pg does not try TLS by itself. With any `sslmode` except `disable`, it connects by TLS or not at all.
 * @param connection.host a name, an address, or the folder of a Unix socket
 */
export const isExposed = ({ host, ssl }: Pick<pg.Client, 'host' | 'ssl'>): boolean =>
  !ssl && !/^(localhost|127(\.\d+){3}|::1|\/.*)$/.test(host);

/** How pg words a connection that breaks, or has broken before; the system's own words have `code`. */
const BROKEN = /^(Connection terminated|Client has encountered a connection error)/;

/** Words what PostgreSQL refuses, or a connection that breaks, for the operator. @returns any other error as it is */
export function explainPostgres(error: unknown): unknown {
  const { message, syscall } = error as NodeJS.ErrnoException;
  const isBroken = BROKEN.test(message) || syscall === 'read' || syscall === 'write';
  return error instanceof pg.DatabaseError || isBroken ? new CommandFailed(`PostgreSQL: ${message}`) : error;
}

/** How pg words that PostgreSQL asks for a password and there is none. */
const NO_PASSWORD = /client password must be a/;

/** The cause of a failed connection, for people. An error of several addresses has no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  const { message } = error as Error;
  return NO_PASSWORD.test(message) ? 'it asks for a password. Set PGPASSWORD, as for psql.' : message;
}

/** A cursor whose connection breaks would wait for ever for its next rows, and also to be closed. */
export async function* unlessBroken<T>({ broken }: Connection, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const { value, done } = await orBroken(broken, pages.next());
      if (done) return;
      yield value;
    }
  } finally {
    await orBroken(broken, pages.return(undefined));
  }
}

function orBroken<T>(broken: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(broken.reason);
    if (broken.aborted) fail();
    broken.addEventListener('abort', fail);
    work.then(resolve, reject).finally(() => broken.removeEventListener('abort', fail));
  });
}
