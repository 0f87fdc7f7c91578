import { type CoreProcess, startCore } from '../../../fixtures/core-process.ts';
import { SEED } from '../../../fixtures/official-users.ts';
import { initSdkWithUsers } from '../../../fixtures/sdk-with-users.ts';
import type { Stage } from '../installation.ts';

/** Starts the core on a stage's tables, and SuperTokens' own SDK, unchanged, in front of it. */
export async function startSdkOn({ endpoint, names }: Stage): Promise<CoreProcess> {
  const core = await startCore({
    DYNAMODB_ENDPOINT: endpoint,
    SESSIONS_TABLE: names.sessions,
    KEYS_TABLE: names.keys,
    PUBLISHED_KEYS_TABLE: names.publishedKeys,
    CORE_USERS_TABLE: names.coreUsers,
    FIREBASE_PASSWORD_HASHING_SIGNER_KEY: SEED.firebaseSignerKey,
    ARGON2_MEMORY_KB: '64',
    ARGON2_PARALLELISM: '1',
  });
  initSdkWithUsers(core.url);
  return core;
}
