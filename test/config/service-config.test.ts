import { readCoreServerConfig } from '../../lib/config/core-server-config.ts';
import { readOwnCoreSettings } from '../../lib/config/core-settings.ts';
import type { Environment } from '../../lib/config/environment.ts';
import { ConfigurationError, readServiceConfig } from '../../lib/config/service-config.ts';
import { readAll } from '../../lib/config/variables.ts';

const readCoreConfig = (environment: Environment) => readCoreServerConfig(environment).settings;

const MINIMAL = { PUBLISHED_KEYS_TABLE: 'published-keys' };
const faultsOf = (environment: Environment, read: (environment: Environment) => unknown = readServiceConfig) => {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
};

test('every faulty variable is named at once', () => {
  const faults = faultsOf({
    API_DOMAIN: 'api.example.com',
    WEBSITE_DOMAIN: 'https://example.com/app',
    ANTI_CSRF: 'MAYBE',
    ACCESS_TOKEN_VALIDITY: '0',
    SESSIONS_TABLE: 'sessions',
  });
  expect(faults).toEqual([
    'API_DOMAIN must be an http(s) URL without a path',
    expect.stringMatching(/^WEBSITE_DOMAIN must be http\(s\) URLs without a path, separated by commas\./),
    'KEYS_TABLE must be set if SESSIONS_TABLE is set, and absent otherwise',
    'PUBLISHED_KEYS_TABLE is missing',
    'ACCESS_TOKEN_VALIDITY must be a whole number from 1 to 86400000',
    'ANTI_CSRF must be one of VIA_TOKEN, VIA_CUSTOM_HEADER, NONE',
  ]);
});

test('metrics are off unless they are turned on, and then need the names of service and stage', () => {
  const metricsOf = (environment: Environment) => readServiceConfig({ ...MINIMAL, ...environment }).metrics;
  expect([metricsOf({}), metricsOf({ METRICS: 'off', SERVICE_NAME: 's', STAGE: 'dev' })]).toEqual([
    undefined,
    undefined,
  ]);
  expect(metricsOf({ METRICS: 'on', SERVICE_NAME: 's', STAGE: 'dev' })).toEqual({ service: 's', stage: 'dev' });
  expect(faultsOf({ ...MINIMAL, METRICS: 'on' })).toEqual(['SERVICE_NAME is missing', 'STAGE is missing']);
  expect(faultsOf({ ...MINIMAL, METRICS: 'yes' })).toEqual(['METRICS must be one of on, off']);
});

test('no proxy is trusted unless a header is named, and then one', () => {
  const proxyOf = (environment: Environment) => readServiceConfig({ ...MINIMAL, ...environment }).trustedProxy;
  expect([proxyOf({}), proxyOf({ TRUSTED_PROXY_HEADER: '' })]).toEqual([undefined, undefined]);
  expect(proxyOf({ TRUSTED_PROXY_HEADER: 'X-Forwarded-For' })).toEqual({ header: 'x-forwarded-for', hops: 1 });
  const two = { TRUSTED_PROXY_HEADER: 'X-Forwarded-For', TRUSTED_PROXY_HOPS: '2' };
  expect(proxyOf(two)).toEqual({ header: 'x-forwarded-for', hops: 2 });
});

const NO_LIST = 'TRUSTED_PROXY_HEADER must name a header that lists addresses, such as X-Forwarded-For';
const NO_HOPS = 'TRUSTED_PROXY_HOPS must be a whole number from 1 to 10';

test.each([
  [{ TRUSTED_PROXY_HEADER: 'Forwarded' }, NO_LIST],
  [{ TRUSTED_PROXY_HEADER: 'CloudFront-Viewer-Address' }, NO_LIST],
  [{ TRUSTED_PROXY_HEADER: 'X-Forwarded-For: 1' }, NO_LIST],
  [{ TRUSTED_PROXY_HEADER: 'X-Forwarded-For', TRUSTED_PROXY_HOPS: '0' }, NO_HOPS],
  [{ TRUSTED_PROXY_HEADER: 'X-Forwarded-For', TRUSTED_PROXY_HOPS: '11' }, NO_HOPS],
  [{ TRUSTED_PROXY_HEADER: 'X-Forwarded-For', TRUSTED_PROXY_HOPS: 'all' }, NO_HOPS],
  [{ TRUSTED_PROXY_HOPS: '1' }, 'TRUSTED_PROXY_HOPS must be absent without TRUSTED_PROXY_HEADER'],
])('a setting of proxies that says nothing clear is refused: %p', (environment, fault) => {
  expect(faultsOf({ ...MINIMAL, ...environment })).toEqual([fault]);
});

test('without session tables a function only verifies', () => {
  const { core } = readServiceConfig(MINIMAL);
  expect(core).toMatchObject({ kind: 'built-in', publishedKeysTable: 'published-keys', sessionTables: undefined });
  const session = readServiceConfig({ ...MINIMAL, SESSIONS_TABLE: 's', KEYS_TABLE: 'k' });
  expect(session.core).toMatchObject({ sessionTables: { sessions: 's', keys: 'k' } });
});

test('the core in process rotates at refresh, gives one successor, makes no static key ahead, and limits the claims', () => {
  expect(readServiceConfig(MINIMAL).core).toMatchObject({
    settings: {
      rotation: 'on-refresh',
      graceReuse: 'same',
      staticKey: 'on-demand',
      maxClaimsBytes: 2500,
      gracePeriod: 30_000,
    },
  });
});

test('a connection URI chooses that core, and no table is asked for', () => {
  const uri = 'https://one.example:3567;https://two.example:3567';
  const { core } = readServiceConfig({ SUPERTOKENS_CONNECTION_URI: uri, SUPERTOKENS_API_KEY: 'key' });
  expect(core).toEqual({ kind: 'remote', connectionUri: uri, apiKey: 'key' });
  expect(faultsOf({ SUPERTOKENS_CONNECTION_URI: 'one.example' })).toEqual([
    'SUPERTOKENS_CONNECTION_URI must be http(s) URLs, separated by ;',
  ]);
});

test('domains lose a trailing slash, paths too; an empty variable is absent', () => {
  const environment = { ...MINIMAL, API_DOMAIN: 'https://api.example.com/', API_BASE_PATH: '/v1/auth/', ANTI_CSRF: '' };
  expect(readServiceConfig(environment)).toMatchObject({
    app: { apiDomain: 'https://api.example.com', apiBasePath: '/v1/auth', websites: ['http://localhost:3000'] },
    antiCsrf: undefined,
  });
});

test('the core has the defaults and the units of the official image', () => {
  expect(readCoreConfig({})).toEqual({
    accessTokenValidity: 3_600_000,
    accessTokenValidityJitter: 0.05,
    refreshTokenValidity: 8_640_000_000,
    signingKeyInterval: 604_800_000,
    staticKey: 'from-start',
    gracePeriod: 30_000,
    recentTokenReuse: 'TOKEN_THEFT',
    rotation: 'by-version',
    graceReuse: 'branch',
    apiKeys: [],
    basePath: '',
  });
});

test.each<[string, Environment, string]>([
  [
    'an access token that outlives the refresh token',
    { ACCESS_TOKEN_VALIDITY: '120', REFRESH_TOKEN_VALIDITY: '2' },
    'REFRESH_TOKEN_VALIDITY must be longer than ACCESS_TOKEN_VALIDITY',
  ],
  [
    'a key interval under an hour',
    { ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL: '0.5' },
    'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL must be a number from 1 to 876600',
  ],
  [
    'more keys at once than one item holds',
    { ACCESS_TOKEN_VALIDITY: '180001', ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL: '1' },
    'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL must be at least a 50th of ACCESS_TOKEN_VALIDITY',
  ],
  [
    'a refresh token that expires at no date',
    { REFRESH_TOKEN_VALIDITY: '144000000000' },
    'REFRESH_TOKEN_VALIDITY must be a number from 0 to 52596000',
  ],
  [
    'a grace period over five minutes',
    { REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '301' },
    'REFRESH_TOKEN_ROTATION_GRACE_PERIOD must be a number from 0 to 300',
  ],
  [
    'more jitter than a quarter',
    { ACCESS_TOKEN_VALIDITY_JITTER: '0.3' },
    'ACCESS_TOKEN_VALIDITY_JITTER must be a number from 0 to 0.25',
  ],
  [
    'a short API key',
    { API_KEYS: 'short' },
    'API_KEYS must be separated by commas, each with at least 20 characters of [A-Za-z0-9=-]',
  ],
  [
    'an unknown reuse behaviour',
    { RECENT_TOKEN_REUSE_BEHAVIOUR: 'NOTHING' },
    'RECENT_TOKEN_REUSE_BEHAVIOUR must be one of TOKEN_THEFT, UNAUTHORISED',
  ],
  [
    'a number that is none',
    { ACCESS_TOKEN_VALIDITY: '1e3' },
    'ACCESS_TOKEN_VALIDITY must be a whole number from 1 to 86400000',
  ],
])('%s is refused', (_what, environment, fault) => {
  expect(faultsOf(environment, readCoreConfig)).toEqual([fault]);
});

test('in test mode a key interval may be seconds', () => {
  const environment = { SUPERTOKENS_TEST_MODE: 'true', ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL: '0.0004' };
  expect(readCoreConfig(environment).signingKeyInterval).toBeCloseTo(1440);
});

test('the service rejects a grace period in which more tokens may be replaced than are remembered', () => {
  const environment = { ACCESS_TOKEN_VALIDITY: '19', REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '300' };
  const read = (variables: Environment) => readAll(variables, readOwnCoreSettings);
  expect(() => read(environment)).toThrow('must be at most 15 times ACCESS_TOKEN_VALIDITY');
  expect(read({ ...environment, ACCESS_TOKEN_VALIDITY: '20' }).gracePeriod).toBe(300_000);
});
