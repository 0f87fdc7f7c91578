import { randomUUID } from 'node:crypto';
import { type CoreAddress, type CoreClient, createCoreClient } from './core-client.ts';
import { type Latencies, sum, summarise } from './statistics.ts';

/** What one connection works with. */
export interface Connection {
  readonly client: CoreClient;
  readonly session: IssuedSession;
  /** Whose sessions it creates. */
  readonly nextUserId: () => string;
}

interface IssuedSession {
  readonly userId: string;
  readonly handle: string;
  accessToken: string;
  refreshToken: string;
}

/** A core under load. */
export interface Target extends CoreAddress {
  readonly name: string;
  /** Created and not revoked yet. */
  readonly handles: string[];
}

export const OPERATIONS = ['create', 'refresh', 'verify', 'list', 'revoke'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Does it once. @returns `false` if there is nothing left to do it with */
type Operation = (connection: Connection, target: Target) => Promise<boolean>;

const DO: Readonly<Record<OperationName, Operation>> = {
  async create({ client, nextUserId }, target) {
    target.handles.push((await createSession(client, nextUserId())).handle);
    return true;
  },
  /** A session is refreshed by one client, with the token that it was given last. */
  async refresh({ client, session }) {
    const body = { refreshToken: session.refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true };
    const answer = await client.ask('POST', '/recipe/session/refresh', body);
    session.refreshToken = (answer.refreshToken as { token: string }).token;
    session.accessToken = (answer.accessToken as { token: string }).token;
    return true;
  },
  /** With a look at the database: without one, backends verify by themselves and ask no core. */
  async verify({ client, session: { accessToken } }) {
    const flags = { doAntiCsrfCheck: false, enableAntiCsrf: false, checkDatabase: true };
    await client.ask('POST', '/recipe/session/verify', { accessToken, ...flags });
    return true;
  },
  async list({ client, session: { userId } }) {
    await client.ask('GET', `/recipe/session/user?userId=${userId}`);
    return true;
  },
  async revoke({ client }, { handles }) {
    const handle = handles.pop();
    if (handle === undefined) return false;
    await client.ask('POST', '/recipe/session/remove', { sessionHandles: [handle] });
    return true;
  },
};

/** Users that no other run has, so that a core which is measured twice does not collect their sessions. */
export const someUserId = (): string => `bench-${randomUUID()}`;

export async function createSession(client: CoreClient, userId: string): Promise<IssuedSession> {
  const flags = { enableAntiCsrf: false, useDynamicSigningKey: true };
  const body = { userId, userDataInJWT: {}, userDataInDatabase: {}, ...flags };
  const { session, accessToken, refreshToken } = (await client.ask('POST', '/recipe/session', body)) as {
    session?: { handle: string };
    accessToken?: { token: string };
    refreshToken?: { token: string };
  };
  if (!session || !accessToken || !refreshToken) throw new Error('A session was created without its tokens');
  return { userId, handle: session.handle, accessToken: accessToken.token, refreshToken: refreshToken.token };
}

/** Several connections to one core, measured bit by bit. */
export interface Load {
  readonly target: Target;
  /** Does the operation on all connections at once, again and again, at least once each. */
  run(operation: OperationName, durationMs: number): Promise<void>;
  /** What all the bits of the operation came to; `undefined` if nothing was done. */
  take(operation: OperationName): Latencies | undefined;
  close(): void;
}

interface Bits {
  readonly latenciesMs: number[];
  readonly elapsedMs: number[];
}

/** @param userId whose session each connection has, and creates; users of their own if absent */
export async function startLoad(target: Target, connections: number, userId?: string): Promise<Load> {
  const client = createCoreClient(target, connections);
  const nextUserId = () => userId ?? someUserId();
  const connect = async () => ({ client, session: await createSession(client, nextUserId()), nextUserId });
  const connected = await Promise.all(Array.from({ length: connections }, connect));
  const bits = new Map<OperationName, Bits>();
  return {
    target,
    async run(operation, durationMs) {
      const { latenciesMs, elapsedMs } = bits.get(operation) ?? { latenciesMs: [], elapsedMs: [] };
      bits.set(operation, { latenciesMs, elapsedMs });
      const start = performance.now();
      const work = async (connection: Connection): Promise<void> => {
        do {
          const before = performance.now();
          if (!(await DO[operation](connection, target))) return;
          latenciesMs.push(performance.now() - before);
        } while (performance.now() - start < durationMs);
      };
      await Promise.all(connected.map(work));
      elapsedMs.push(performance.now() - start);
    },
    take(operation) {
      const { latenciesMs, elapsedMs } = bits.get(operation) ?? { latenciesMs: [], elapsedMs: [] };
      bits.delete(operation);
      return latenciesMs.length === 0 ? undefined : summarise(latenciesMs, sum(elapsedMs));
    },
    close: client.close,
  };
}
