import type { JSONWebKeySet } from 'jose';
import { createCore } from '../../lib/core/index.ts';
import type { Store } from '../../lib/core/store/store.ts';
import type { Json, Millis } from '../../lib/core/types.ts';
import { ManualClock, systemRandom } from '../fixtures/core.ts';
import { coreConfigFrom, type Settings } from './settings.ts';

/** A core that exchanges are replayed with. */
export interface Target {
  ask(request: TargetRequest): Promise<Answer>;
  /** Its time. */
  now(): Millis;
  wait(time: Millis): Promise<void>;
  /** The published signing keys. */
  readKeys(): Promise<JSONWebKeySet>;
}

export interface TargetRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  readonly body: string;
  /** The body if it is JSON. */
  readonly json: Json | undefined;
}

/** Our core, without HTTP. Its time passes only while an exchange waits. */
export function createInProcessTarget(store: Store, settings: Settings): Target {
  const clock = new ManualClock();
  const core = createCore({ store, clock: clock.now, random: systemRandom, config: coreConfigFrom(settings) });
  const ask: Target['ask'] = async ({ method, path, headers, body }) => {
    const { pathname, searchParams } = new URL(path, 'http://core');
    const response = await core.handle({ method, path: pathname, query: searchParams, headers, body });
    return readAnswer(response.status, (name) => response.headers[name], response.body);
  };
  return {
    ask,
    now: clock.now,
    wait: async (time) => clock.advance(time),
    readKeys: () => readKeys(ask, settings),
  };
}

/** A core at a URL, ours or an official one. */
export function createUrlTarget(url: string, settings: Settings, apiKey: string | undefined): Target {
  const origin = url.replace(/\/$/, '');
  const ask: Target['ask'] = async ({ method, path, headers, body }) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(apiKey !== undefined && { 'api-key': apiKey }), ...headers },
      body: body ?? null,
      redirect: 'manual',
    });
    return readAnswer(response.status, (name) => response.headers.get(name) ?? undefined, await response.text());
  };
  return {
    ask,
    now: Date.now,
    wait: (time) => new Promise((resolve) => setTimeout(resolve, time)),
    readKeys: () => readKeys(ask, settings),
  };
}

function readAnswer(status: number, header: (name: string) => string | undefined, body: string): Answer {
  const contentType = header('content-type');
  const json = contentType?.toLowerCase().startsWith('application/json') ? (JSON.parse(body) as Json) : undefined;
  return { status, contentType, cacheControl: header('cache-control'), body, json };
}

async function readKeys(ask: Target['ask'], settings: Settings): Promise<JSONWebKeySet> {
  const path = `${settings.base_path ?? ''}/.well-known/jwks.json`;
  const { body } = await ask({ method: 'GET', path, headers: {}, body: undefined });
  return JSON.parse(body) as JSONWebKeySet;
}
