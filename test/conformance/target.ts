import type { JSONWebKeySet } from 'jose';
import { createCoreWithUsers } from '../../lib/core/core-with-users.ts';
import { type Core, createCore } from '../../lib/core/index.ts';
import type { Json, Millis } from '../../lib/core/types.ts';
import { createPasswordHashing } from '../../lib/passwords/password-hashing.ts';
import { readPhoneNumber } from '../../lib/phone-numbers/read-phone-number.ts';
import { ManualClock, systemRandom, type TestDatabase } from '../fixtures/core.ts';
import { coreConfigFrom, passwordSettingsFrom, type Settings, userConfigFrom } from './settings.ts';

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

type Stores = Pick<TestDatabase, 'store' | 'userStores'>;

/** Our core that keeps sessions alone, without HTTP. */
export function createSessionTarget({ store }: Stores, settings: Settings): Target {
  const clock = new ManualClock();
  const core = createCore({ store, clock: clock.now, random: systemRandom, config: coreConfigFrom(settings) });
  return targetOf(core, clock, settings);
}

/** Our core with users, without HTTP. */
export function createInProcessTarget({ store, userStores }: Stores, settings: Settings): Target {
  const clock = new ManualClock();
  const core = createCoreWithUsers({
    store,
    clock: clock.now,
    random: systemRandom,
    config: coreConfigFrom(settings),
    stores: userStores,
    passwords: createPasswordHashing(passwordSettingsFrom(settings), systemRandom),
    readPhoneNumber,
    userConfig: userConfigFrom(settings),
  });
  return targetOf(core, clock, settings);
}

/** Its time passes only while an exchange waits. */
function targetOf(core: Core, clock: ManualClock, settings: Settings): Target {
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
