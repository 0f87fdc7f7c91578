import { createHash } from 'node:crypto';
import type { Millis } from '../../../core/types.ts';
import type { OfficialDatabase } from '../official-database.ts';
import { PUBLIC } from '../sessions/official-row.ts';

/** A signing key as an official core keeps it. */
export interface OfficialKey {
  /** `d-<creation ms>` or `s-<uuid>`. */
  readonly kid: string;
  readonly createdAt: Millis;
  /** `<SPKI DER, base64>|<PKCS#8 DER, base64>` */
  readonly keyString: string;
}

export interface OfficialKeys {
  /** Oldest first. */
  readonly dynamicKeys: readonly OfficialKey[];
  /** Oldest first. */
  readonly staticKeys: readonly OfficialKey[];
  /** What refresh tokens are encrypted with; a core that never had a session may have none. */
  readonly refreshTokenSecret: string | undefined;
}

/**
 * Names an installation by its refresh secret and the time at which the secret was written. A restored copy has the
 * same name. Another core with the same secret has another name. `none` without a secret.
 */
export async function installationOf({ query }: Pick<OfficialDatabase, 'query'>): Promise<string> {
  const { rows } = await query<{ value: string; created_at_time: string | null }>(
    "SELECT value, created_at_time FROM key_value WHERE app_id = $1 AND tenant_id = $1 AND name = 'refresh_token_key'",
    [PUBLIC],
  );
  const [secret] = rows;
  if (secret === undefined) return 'none';
  return createHash('sha256').update(`${secret.value} ${secret.created_at_time}`).digest('base64url');
}

export async function readOfficialKeys({ query }: OfficialDatabase): Promise<OfficialKeys> {
  const dynamicKeys = await query<{ created_at_time: string; value: string }>(
    'SELECT created_at_time, value FROM session_access_token_signing_keys WHERE app_id = $1 ORDER BY created_at_time',
    [PUBLIC],
  );
  const staticKeys = await query<{ key_id: string; created_at: string; key_string: string }>(
    "SELECT key_id, created_at, key_string FROM jwt_signing_keys WHERE app_id = $1 AND algorithm = 'RS256' ORDER BY created_at",
    [PUBLIC],
  );
  const secrets = await query<{ value: string }>(
    "SELECT value FROM key_value WHERE app_id = $1 AND tenant_id = $1 AND name = 'refresh_token_key'",
    [PUBLIC],
  );
  return {
    dynamicKeys: dynamicKeys.rows.map(({ created_at_time: createdAt, value }) => ({
      kid: `d-${createdAt}`,
      createdAt: Number(createdAt),
      keyString: value,
    })),
    staticKeys: staticKeys.rows.map(({ key_id: kid, created_at: createdAt, key_string: keyString }) => ({
      kid,
      createdAt: Number(createdAt),
      keyString,
    })),
    refreshTokenSecret: secrets.rows[0]?.value,
  };
}

/** Writes what is not there yet; keys that are there stay. The secret replaces another one. */
export async function writeOfficialKeys({ query }: OfficialDatabase, keys: OfficialKeys, now: Millis): Promise<void> {
  await query('BEGIN');
  try {
    for (const { createdAt, keyString } of keys.dynamicKeys) {
      await query(
        'INSERT INTO session_access_token_signing_keys (app_id, created_at_time, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [PUBLIC, createdAt, keyString],
      );
    }
    for (const { kid, createdAt, keyString } of keys.staticKeys) {
      await query(
        "INSERT INTO jwt_signing_keys (app_id, key_id, key_string, algorithm, created_at) VALUES ($1, $2, $3, 'RS256', $4) ON CONFLICT DO NOTHING",
        [PUBLIC, kid, keyString, createdAt],
      );
    }
    await query(
      `INSERT INTO key_value (app_id, tenant_id, name, value, created_at_time) VALUES ($1, $1, 'refresh_token_key', $2, $3)
       ON CONFLICT (app_id, tenant_id, name) DO UPDATE SET value = excluded.value, created_at_time = excluded.created_at_time
       WHERE key_value.value <> excluded.value`,
      [PUBLIC, keys.refreshTokenSecret, now],
    );
    await query('COMMIT');
  } catch (error) {
    await query('ROLLBACK');
    throw error;
  }
}
