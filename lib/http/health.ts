import { type Service, service } from '../supertokens/service.ts';
import type { GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/** 200 if the store of the core in use answers, else 503: what load balancers and monitors look at. */
export async function answerHealth(): Promise<GatewayResponse> {
  const started = service();
  const core = started.config.core.kind;
  return (await doesStoreAnswer(started))
    ? json(200, { status: 'ok', core, store: 'ok' })
    : json(503, { status: 'error', core, store: 'unavailable' });
}

async function doesStoreAnswer({ core, config }: Service): Promise<boolean> {
  if (core !== undefined) return (await core.handle(HELLO)).status === 200;
  if (config.core.kind === 'built-in') return false;
  const [uri = ''] = config.core.connectionUri.split(';');
  const hello = new URL(`${uri.trim().replace(/\/$/, '')}/hello`);
  return fetch(hello, { signal: AbortSignal.timeout(3000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

const HELLO = { method: 'GET', path: '/hello', query: new URLSearchParams(), headers: {}, body: undefined };
