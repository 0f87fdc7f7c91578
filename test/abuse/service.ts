import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonObject, UserId } from '../../lib/core/types.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import type { TestDatabase } from '../fixtures/core.ts';
import { loadDemoPage } from '../fixtures/demo-page.ts';
import { type Answer, invoke, sessionEnvironment, startFunction, userEnvironment } from '../fixtures/lambda.ts';

export const WEBSITE = 'http://localhost:3000';
export const CORE_KEY = 'key-of-this-core-0001';

/** The engine's files of handlers/, by their names. An application's own are tested by test/app/rules.test.ts. */
export const ENGINE_FUNCTIONS = [
  ...readFileSync('lib/build/stack/functions.yml', 'utf8').matchAll(/handler: handlers\/([\w-]+)\./g),
].map(([, name = '']) => name);

/** The tokens of a logged-in user, in both ways of carrying them. */
export interface Tokens {
  readonly userId: string;
  readonly access: string;
  readonly refresh: string;
  readonly antiCsrf: string | undefined;
  /** `name=value` each. */
  readonly accessCookie: string;
  readonly refreshCookie: string;
  readonly bearer: { readonly authorization: string };
  /** With their attributes. */
  readonly setCookies: readonly string[];
  /** All of the answer's. */
  readonly headers: Answer['headers'];
}

export interface LogIn {
  readonly userId?: string;
  readonly claims?: JsonObject;
  /** What the browser sends already. */
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Functions of one configuration, in one process. */
export interface AttackedService {
  /** By the name of its file. @throws Error if it was not started */
  handler(name: string): LambdaHandler;
  /** Logs a user in without a password. @throws Error that says the status, if that is not 200 */
  logIn(who?: LogIn): Promise<Tokens>;
}

/** Starts functions as Lambda does. @param names of files in handlers/, with `#` and an export's if it is not `handler` */
export async function startService(
  database: TestDatabase,
  names: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<AttackedService> {
  const ofCore = { API_KEYS: CORE_KEY, BASE_PATH: '/core' };
  const environment = { ...sessionEnvironment(database.endpoint, database.tables), ...ofCore, ...extra };
  const loadAll = async (files: readonly string[]) =>
    Promise.all(files.map(async (name) => [name, await load(name)] as const));
  const { others, logInRoute } = await startFunction(environment, async () => ({
    others: await loadAll(names.filter((name) => name !== 'user')),
    logInRoute: await loadLogIn(),
  }));
  // In a process of its own: its SDK has other recipes.
  const userEnv = { ...userEnvironment(database.endpoint, database.tables), ...extra };
  const users = await startFunction(userEnv, () => loadAll(names.filter((name) => name === 'user')));
  const handlers = new Map([...others, ...users]);
  return {
    handler(name) {
      const handler = handlers.get(name);
      if (handler === undefined) throw new Error(`${name} was not started`);
      return handler;
    },
    async logIn({ userId = randomUUID(), claims, cookies = [], headers = {} } = {}) {
      const call = { headers: { 'st-auth-mode': 'cookie', ...headers }, cookies, body: { userId, claims } };
      return tokensIn(userId, await invoke(logInRoute, 'POST', '/', call));
    },
  };
}

async function load(name: string): Promise<LambdaHandler> {
  // Only a bundle has the page in it.
  if (name === 'page') return (await loadDemoPage()).pageFunction() as LambdaHandler;
  const [file = '', exported = 'handler'] = name.split('#');
  const handlers = (await import(moduleOf(file))) as Record<string, LambdaHandler>;
  const handler = handlers[exported];
  if (handler === undefined) throw new Error(`handlers/${file}.ts has no ${exported}`);
  return handler;
}

/** Routes as an application has them, in addition to the engine's. */
const moduleOf = (file: string): string =>
  FIXTURES.includes(file) ? `../fixtures/handlers/${file}.ts` : `../../handlers/${file}.ts`;

export const FIXTURES: readonly string[] = ['save-note', 'admin-only', 'behind-authorizer'];

async function loadLogIn(): Promise<LambdaHandler> {
  const { publicRoute } = await import('../../lib/index.ts');
  const { startSession } = await import('../../lib/http/start-session.ts');
  return publicRoute(async (request) => {
    const { userId, claims } = JSON.parse(request.body ?? '') as { userId: UserId; claims?: JsonObject };
    await startSession(request, userId, claims);
    return { statusCode: 200 };
  });
}

function tokensIn(userId: string, { statusCode, headers, cookies = [], body }: Answer): Tokens {
  if (statusCode !== 200) throw new Error(`${statusCode} ${body}`);
  const [accessCookie, refreshCookie] = ['sAccessToken', 'sRefreshToken'].map(
    (name) => cookies.find((cookie) => cookie.startsWith(`${name}=`))?.replace(/;.*/, '') ?? '',
  ) as [string, string];
  const access = tokenIn(accessCookie);
  return {
    userId,
    access,
    refresh: tokenIn(refreshCookie),
    antiCsrf: headers['anti-csrf'],
    accessCookie,
    refreshCookie,
    bearer: { authorization: `Bearer ${access}` },
    setCookies: cookies,
    headers,
  };
}

const tokenIn = (cookie: string): string => decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1));
