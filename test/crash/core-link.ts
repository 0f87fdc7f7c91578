import type { JsonObject } from '../../lib/core/types.ts';
import { killable } from './killable.ts';

export interface CoreQuestion {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
}

/** What a core writes: an answer, which is an acknowledgement, or what it reports to its operator. */
export type CoreReply =
  | { readonly id: number; readonly status: number; readonly body: string }
  | { readonly event: string };

/** How a client reaches a core that may be killed. */
export interface CoreLink {
  /** @returns the JSON of an answer 200; `undefined` if none came, or 503. @throws Error at any other */
  ask(method: string, path: string, body?: object): Promise<JsonObject | undefined>;
  /** How often the core has reported each event. */
  readonly events: ReadonlyMap<string, number>;
  start(): Promise<void>;
  kill(): Promise<void>;
}

type Reply = Extract<CoreReply, { status: number }>;

/** @param ahead by how many ms the core's clock is ahead */
export function createCoreLink(endpoint: string, ahead = 0): CoreLink {
  const waiting = new Map<number, (reply: Reply | undefined) => void>();
  const events = new Map<string, number>();
  let lastId = 0;
  const core = killable({
    file: './core-process.ts',
    args: [endpoint, String(ahead)],
    onLine(line) {
      const reply = JSON.parse(line) as CoreReply;
      if ('event' in reply) events.set(reply.event, (events.get(reply.event) ?? 0) + 1);
      else waiting.get(reply.id)?.(reply);
    },
    onEnd() {
      for (const hear of waiting.values()) hear(undefined);
    },
  });

  const exchange = async (question: CoreQuestion): Promise<Reply | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
    waiting.set(question.id, resolve);
    if (!core.send(JSON.stringify(question))) resolve(undefined);
    return promise.finally(() => waiting.delete(question.id));
  };

  return {
    events,
    start: core.start,
    kill: core.kill,
    async ask(method, path, body) {
      const reply = await exchange({ id: ++lastId, method, path, body });
      if (reply === undefined || reply.status === 503) return undefined;
      if (reply.status === 200) return JSON.parse(reply.body) as JsonObject;
      throw new Error(`${method} ${path} was answered ${reply.status}: ${reply.body}`);
    },
  };
}
