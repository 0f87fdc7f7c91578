import { createHash, timingSafeEqual } from 'node:crypto';
import type { CoreContext } from '../context.ts';
import { InputRejected, StoreUnavailable } from '../errors.ts';
import { readAddress, tenantNotFound } from './address.ts';
import { type CoreRequest, type CoreResponse, plainText } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { whyMissing } from './missing-recipes.ts';
import { CdiRefusal, refusalOf } from './refusal.ts';
import { type CdiVersion, isCdiVersion, NEWEST_CDI_VERSION } from './versions.ts';

/** Answers one request. Never throws: an unexpected error is reported, and answered with 500 or 503. */
export type Router<Context extends CoreContext> = (context: Context, request: CoreRequest) => Promise<CoreResponse>;

/** Makes the router of a core that has these endpoints. */
export function createRouter<Context extends CoreContext>(endpoints: readonly Endpoint<Context>[]): Router<Context> {
  const table = tableOf(endpoints);
  return async (context, request) => {
    try {
      return await route(table, context, request);
    } catch (error) {
      return refuse(context, request, error);
    }
  };
}

interface RoutingTable<Context> {
  readonly paths: ReadonlySet<string>;
  readonly openPaths: ReadonlySet<string>;
  readonly pathsForAnyApp: ReadonlySet<string>;
  /** Recipes, each with a path that it shares with others. */
  readonly sharedPaths: ReadonlySet<string>;
  readonly byKey: ReadonlyMap<string, Endpoint<Context>>;
}

const tableOf = <Context>(endpoints: readonly Endpoint<Context>[]): RoutingTable<Context> => ({
  paths: new Set(endpoints.map(({ path }) => path)),
  openPaths: new Set(endpoints.filter(({ isOpen }) => isOpen).map(({ path }) => path)),
  pathsForAnyApp: new Set(endpoints.filter(({ isForAnyApp }) => isForAnyApp).map(({ path }) => path)),
  sharedPaths: new Set(endpoints.flatMap(({ recipe, path }) => (recipe === undefined ? [] : `${recipe} ${path}`))),
  byKey: new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint])),
});

const keyOf = ({ recipe, method, path }: Pick<Endpoint, 'recipe' | 'path'> & { readonly method: string }): string =>
  `${recipe ?? ''} ${method} ${path}`;

function refuse(context: CoreContext, { method, path }: CoreRequest, error: unknown): CoreResponse {
  if (error instanceof InputRejected) return { ...answerRefusal(refusalOf(error.fault)), fault: error.fault };
  if (error instanceof CdiRefusal) return answerRefusal(error);
  context.report({ event: 'CoreRequestFailed', method, path, error });
  if (error instanceof StoreUnavailable) {
    return plainText(503, 'The store is not available', { 'retry-after': '1' });
  }
  return plainText(500, 'Internal Error');
}

const answerRefusal = ({ status, message }: CdiRefusal): CoreResponse => plainText(status, message);

async function route<Context extends CoreContext>(
  table: RoutingTable<Context>,
  context: Context,
  request: CoreRequest,
): Promise<CoreResponse> {
  const { config } = context;
  const address = readAddress(request.path, config.basePath, (path) => table.paths.has(path));
  if (address === undefined) throw new CdiRefusal(404, whyMissing(request.path) ?? 'Not found');
  if (address.app !== 'public' && !table.pathsForAnyApp.has(address.path))
    throw new CdiRefusal(400, tenantNotFound(address.app, address.tenant));
  const isOpen = table.openPaths.has(address.path);
  if (!isOpen && !hasApiKey(request, config.apiKeys)) throw new CdiRefusal(401, 'Invalid API key');
  const version = isOpen ? NEWEST_CDI_VERSION : readVersion(request.headers['cdi-version']);
  const endpoint = endpointOf(table, request, address.path);
  if (endpoint === undefined) throw new CdiRefusal(405, whyMissing(request.path) ?? 'Method not supported');
  return endpoint.answer(context, { version, app: address.app, tenant: address.tenant, request });
}

function endpointOf<Context>(
  { sharedPaths, byKey }: RoutingTable<Context>,
  { method, headers }: CoreRequest,
  path: string,
): Endpoint<Context> | undefined {
  const recipe = headers.rid;
  const names = recipe !== undefined && sharedPaths.has(`${recipe} ${path}`) ? { recipe } : {};
  return byKey.get(keyOf({ ...names, method: method.toUpperCase(), path }));
}

function readVersion(header: string | undefined): CdiVersion {
  if (header === undefined) return NEWEST_CDI_VERSION;
  if (!/^\d+(\.\d+)*$/.test(header)) throw new CdiRefusal(400, 'cdi-version header is invalid');
  if (!isCdiVersion(header)) throw new CdiRefusal(400, `cdi-version ${header} not supported`);
  return header;
}

function hasApiKey({ headers }: CoreRequest, apiKeys: readonly string[]): boolean {
  if (apiKeys.length === 0) return true;
  const given = (headers['api-key'] ?? headers.authorization?.replace(/^Bearer /i, '') ?? '').trim();
  // Every key is compared, and all hashes have one length, so the time reveals nothing.
  return apiKeys.map((key) => timingSafeEqual(sha256(key), sha256(given))).includes(true);
}

const sha256 = (value: string): Buffer => createHash('sha256').update(value).digest();
