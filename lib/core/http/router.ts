import { createHash, timingSafeEqual } from 'node:crypto';
import type { CoreContext } from '../context.ts';
import { InputRejected, StoreUnavailable } from '../errors.ts';
import { type Address, readAddress, tenantNotFound } from './address.ts';
import { type CoreRequest, type CoreResponse, plainText } from './answer.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { CdiRefusal, refusalOf } from './refusal.ts';
import { type CdiVersion, isCdiVersion, NEWEST_CDI_VERSION } from './versions.ts';

const PATHS = new Set(ENDPOINTS.map(({ path }) => path));
const BY_METHOD_AND_PATH = new Map(ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
const OPEN_PATHS = new Set(ENDPOINTS.filter(({ isOpen }) => isOpen).map(({ path }) => path));

/** Answers one request. Never throws: what goes wrong inside is reported, and answered with 500 or 503. */
export async function answer(context: CoreContext, request: CoreRequest): Promise<CoreResponse> {
  try {
    return await route(context, request);
  } catch (thrown) {
    const error = thrown instanceof InputRejected ? refusalOf(thrown.fault) : thrown;
    if (error instanceof CdiRefusal) return plainText(error.status, error.message);
    context.report({ event: 'CoreRequestFailed', method: request.method, path: request.path, error });
    if (error instanceof StoreUnavailable) {
      return plainText(503, 'The store is not available', { 'retry-after': '1' });
    }
    return plainText(500, 'Internal Error');
  }
}

function route(context: CoreContext, request: CoreRequest): Promise<CoreResponse> {
  const { config } = context;
  const address = readAddress(request.path, config.basePath, (path) => PATHS.has(path));
  if (address === undefined) throw new CdiRefusal(404, 'Not found');
  if (address.app !== 'public') throw new CdiRefusal(400, tenantNotFound(address.app, address.tenant));
  const isOpen = OPEN_PATHS.has(address.path);
  if (!isOpen && !hasApiKey(request, config.apiKeys)) throw new CdiRefusal(401, 'Invalid API key');
  const version = isOpen ? NEWEST_CDI_VERSION : readVersion(request.headers['cdi-version']);
  return endpointFor(request, address).answer(context, { version, tenant: address.tenant, request });
}

function endpointFor({ method }: CoreRequest, { path }: Address): Endpoint {
  const endpoint = BY_METHOD_AND_PATH.get(`${method.toUpperCase()} ${path}`);
  if (endpoint === undefined) throw new CdiRefusal(405, 'Method not supported');
  return endpoint;
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
  // Every key is compared, and hashes are of one length: the time taken tells nothing.
  return apiKeys.map((key) => timingSafeEqual(sha256(key), sha256(given))).includes(true);
}

const sha256 = (value: string): Buffer => createHash('sha256').update(value).digest();
