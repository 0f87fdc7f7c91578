import SuperTokens from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import EmailVerification from 'supertokens-node/recipe/emailverification';
import Passwordless from 'supertokens-node/recipe/passwordless';
import Session from 'supertokens-node/recipe/session';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';
import { type CoreProcess, startCore } from '../../../fixtures/core-process.ts';
import { SEED } from '../../../fixtures/official-users.ts';
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
  SuperTokens.init({
    supertokens: { connectionURI: core.url },
    appInfo: { appName: 'test', apiDomain: 'http://localhost:3000', websiteDomain: 'http://localhost:3000' },
    telemetry: false,
    recipeList: [
      EmailPassword.init(),
      ThirdParty.init(),
      Passwordless.init({ contactMethod: 'EMAIL_OR_PHONE', flowType: 'USER_INPUT_CODE_AND_MAGIC_LINK' }),
      EmailVerification.init({ mode: 'REQUIRED' }),
      UserMetadata.init(),
      UserRoles.init(),
      Session.init(),
    ],
  });
  return core;
}
