import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { DEFAULT_USER_CONFIG, type UserConfig } from '../../lib/core/user-config.ts';
import { DEFAULT_PASSWORD_SETTINGS, type PasswordSettings } from '../../lib/passwords/password-settings.ts';

/** Settings of a core, by their names in the official core's `config.yaml`. */
export type Settings = Readonly<Record<string, string | number>>;

interface Setting {
  readonly default: string | number;
  readonly toConfig?: (value: string) => Partial<CoreConfig>;
  readonly toUserConfig?: (value: string) => Partial<UserConfig>;
  readonly toPasswords?: (value: string) => Partial<PasswordSettings>;
}

/** What scenarios set, the defaults of the official core, and what it means to ours. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  access_token_validity: {
    default: 3600,
    toConfig: (seconds) => ({ accessTokenValidity: Number(seconds) * 1000 }),
  },
  refresh_token_validity: {
    default: 144_000,
    toConfig: (minutes) => ({ refreshTokenValidity: Number(minutes) * 60_000 }),
  },
  refresh_token_rotation_grace_period: {
    default: 30,
    toConfig: (seconds) => ({ gracePeriod: Number(seconds) * 1000 }),
  },
  recent_token_reuse_behaviour: {
    default: 'TOKEN_THEFT',
    toConfig: (behaviour) => ({ recentTokenReuse: behaviour === 'UNAUTHORISED' ? 'UNAUTHORISED' : 'TOKEN_THEFT' }),
  },
  api_keys: { default: '', toConfig: (keys) => ({ apiKeys: keys.split(',').filter(Boolean) }) },
  base_path: { default: '', toConfig: (basePath) => ({ basePath }) },
  password_reset_token_lifetime: {
    default: 3_600_000,
    toUserConfig: (lifetime) => ({ passwordResetTokenLifetime: Number(lifetime) }),
  },
  email_verification_token_lifetime: {
    default: 86_400_000,
    toUserConfig: (lifetime) => ({ emailVerificationTokenLifetime: Number(lifetime) }),
  },
  passwordless_code_lifetime: {
    default: 900_000,
    toUserConfig: (lifetime) => ({ passwordlessCodeLifetime: Number(lifetime) }),
  },
  passwordless_max_code_input_attempts: {
    default: 5,
    toUserConfig: (attempts) => ({ passwordlessMaxCodeInputAttempts: Number(attempts) }),
  },
  password_hashing_alg: {
    default: 'BCRYPT',
    toPasswords: (algorithm) => ({ algorithm: algorithm === 'BCRYPT' ? 'BCRYPT' : 'ARGON2' }),
  },
  argon2_iterations: { default: 1 },
  argon2_memory_kb: { default: 87_795 },
  argon2_parallelism: { default: 2 },
  firebase_password_hashing_signer_key: {
    default: '',
    toPasswords: (firebaseSignerKey) => ({ firebaseSignerKey }),
  },
};

/** Our core as the official one was set up for the recordings, and with `settings`. */
export function coreConfigFrom(settings: Settings): CoreConfig {
  const parts = Object.entries(settings).map(([name, value]) => settingNamed(name).toConfig?.(String(value)));
  const recorded = { accessTokenValidityJitter: 0, rotation: 'by-version', graceReuse: 'branch' } as const;
  return Object.assign({ ...DEFAULT_CORE_CONFIG, ...recorded }, ...parts) as CoreConfig;
}

/** The users' part of our core with `settings`. */
export function userConfigFrom(settings: Settings): UserConfig {
  const parts = Object.entries(settings).map(([name, value]) => settingNamed(name).toUserConfig?.(String(value)));
  return Object.assign({ ...DEFAULT_USER_CONFIG }, ...parts) as UserConfig;
}

/** Cheap, for hundreds of passwords are hashed. */
const CHEAP: PasswordSettings = {
  ...DEFAULT_PASSWORD_SETTINGS,
  argon2: { memory: 64, iterations: 1, parallelism: 1 },
  bcryptRounds: 4,
};

/** How our core hashes passwords with `settings`. */
export function passwordSettingsFrom(settings: Settings): PasswordSettings {
  const parts = Object.entries(settings).map(([name, value]) => settingNamed(name).toPasswords?.(String(value)));
  return Object.assign({ ...CHEAP }, ...parts) as PasswordSettings;
}

/**
 * Reads `name=value,…`; names may be in capitals, as environment variables are. A value may hold commas, as `api_keys`
 * does: only a comma before the name of a setting ends it.
 */
export function parseSettings(text: string): Settings {
  const names = Object.keys(SETTINGS).join('|');
  const parts = text.split(new RegExp(`,(?=(?:${names})=)`, 'i')).filter(Boolean);
  const entries = parts.map((part): [string, string] => {
    const [name = '', ...value] = part.split('=');
    return [name.toLowerCase(), value.join('=')];
  });
  for (const [name] of entries) settingNamed(name);
  return Object.fromEntries(entries);
}

/** One text for all settings that mean the same; `default settings` if none differs. */
export function describeSettings(settings: Settings): string {
  const differing = Object.entries(settings).filter(
    ([name, value]) => String(value) !== String(settingNamed(name).default),
  );
  return (
    differing
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(',') || 'default settings'
  );
}

function settingNamed(name: string): Setting {
  const setting = SETTINGS[name];
  if (setting === undefined) {
    throw new Error(`There is no setting ${name}; there are ${Object.keys(SETTINGS).join(', ')}`);
  }
  return setting;
}
