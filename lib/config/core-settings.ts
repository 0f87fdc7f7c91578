import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../core/config.ts';
import type { Millis } from '../core/types.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readAll, type Variables } from './variables.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Later moments are no dates that a cookie or a JWKS's caching can name. */
const CENTURY = 36_525 * 24 * HOUR;

/**
 * A replaced key stays published for two lifetimes of access tokens, in one DynamoDB item of 400 KB. A key has half a
 * kilobyte there, and every verifier reads them all.
 */
const MAX_OVERLAPPING_KEYS = 100;

/** The core's settings, by the official image's names. */
export function readCoreSettings(variables: Variables): CoreConfig {
  const isTest = variables.flag('SUPERTOKENS_TEST_MODE');
  const accessTokenValidity = variables.number('ACCESS_TOKEN_VALIDITY', 3600, 1, 86_400_000, 'whole') * SECOND;
  const refreshTokenValidity = readRefreshTokenValidity(variables);
  variables.check(
    'REFRESH_TOKEN_VALIDITY',
    refreshTokenValidity > accessTokenValidity,
    'be longer than ACCESS_TOKEN_VALIDITY',
  );
  const interval = variables.number(
    'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL',
    168,
    isTest ? 0.0004 : 1,
    CENTURY / HOUR,
  );
  variables.check(
    'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL',
    // SDK test suites combine short intervals with long tokens, and end before the item is full.
    isTest || 2 * accessTokenValidity <= MAX_OVERLAPPING_KEYS * interval * HOUR,
    `be at least a ${MAX_OVERLAPPING_KEYS / 2}th of ACCESS_TOKEN_VALIDITY`,
  );
  // Accepted as the official core does; from CDI 3.0 on the caller says which key signs.
  variables.flag('ACCESS_TOKEN_SIGNING_KEY_DYNAMIC');
  return {
    accessTokenValidity,
    accessTokenValidityJitter: variables.number('ACCESS_TOKEN_VALIDITY_JITTER', 0.05, 0, 0.25),
    refreshTokenValidity,
    signingKeyInterval: interval * HOUR,
    staticKey: DEFAULT_CORE_CONFIG.staticKey,
    gracePeriod: variables.number('REFRESH_TOKEN_ROTATION_GRACE_PERIOD', 30, 0, 300) * SECOND,
    recentTokenReuse: variables.oneOf('RECENT_TOKEN_REUSE_BEHAVIOUR', ['TOKEN_THEFT', 'UNAUTHORISED']) ?? 'TOKEN_THEFT',
    rotation: DEFAULT_CORE_CONFIG.rotation,
    graceReuse: DEFAULT_CORE_CONFIG.graceReuse,
    apiKeys: readApiKeys(variables),
    basePath: variables.path('BASE_PATH', ''),
  };
}

/**
 * A session remembers 20 tokens that were retired within the grace period. A client may refresh once in three quarters
 * of an access token's validity, which is the most that jitter leaves.
 */
const MAX_LIFETIMES_IN_GRACE = 15;

/** Those of the service's own core, with its rules of refresh: whatever else writes its table must go by the same. */
export function readOwnCoreSettings(variables: Variables): CoreConfig {
  const settings = readCoreSettings(variables);
  variables.check(
    'REFRESH_TOKEN_ROTATION_GRACE_PERIOD',
    settings.gracePeriod <= MAX_LIFETIMES_IN_GRACE * settings.accessTokenValidity,
    `be at most ${MAX_LIFETIMES_IN_GRACE} times ACCESS_TOKEN_VALIDITY`,
  );
  return { ...settings, rotation: 'on-refresh', graceReuse: 'same', staticKey: 'on-demand' };
}

/** ms */
export const readRefreshTokenValidity = (variables: Variables): Millis =>
  variables.number('REFRESH_TOKEN_VALIDITY', 144_000, 0, CENTURY / MINUTE) * MINUTE;

function readApiKeys(variables: Variables): string[] {
  const keys = (variables.optional('API_KEYS') ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  variables.check(
    'API_KEYS',
    keys.every((key) => /^[A-Za-z0-9=-]{20,}$/.test(key)),
    'be separated by commas, each with at least 20 characters of [A-Za-z0-9=-]',
  );
  return keys;
}

/** The settings of the service's core alone, for commands that work on its tables. @throws ConfigurationError */
export const readCoreSettingsAlone = (environment: Environment = processEnvironment()): CoreConfig =>
  readAll(environment, readOwnCoreSettings);
