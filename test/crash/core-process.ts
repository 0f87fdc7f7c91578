// The core as a process, to be killed: requests as lines of JSON on stdin, what it acknowledges on stdout.
// <endpoint> [<by how many ms its clock is ahead>]
import { createInterface } from 'node:readline';
import { createCoreWithUsers } from '../../lib/core/core-with-users.ts';
import { DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import { DEFAULT_USER_CONFIG } from '../../lib/core/user-config.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import { createPasswordHashing } from '../../lib/passwords/password-hashing.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../lib/passwords/password-settings.ts';
import { systemRandom } from '../../lib/supertokens/system-random.ts';
import type { CoreQuestion, CoreReply } from './core-link.ts';
import { TABLE_NAMES } from './tables.ts';

/** As long as a request may take while DynamoDB is away, ms. */
const BUDGET = 2000;
/** So short that keys are made and published between the kills, too; ms. */
const SIGNING_KEY_INTERVAL = 5000;

const tell = (reply: CoreReply): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);

const [endpoint, ahead = '0'] = process.argv.slice(2);
const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
/** Hashes at the lowest cost that there is. */
const passwords = createPasswordHashing(
  { ...DEFAULT_PASSWORD_SETTINGS, argon2: { memory: 8, iterations: 1, parallelism: 1 } },
  systemRandom,
);

const core = createCoreWithUsers({
  store: createDynamoDbStore(db, TABLE_NAMES),
  stores: createDynamoDbUserStores(db, TABLE_NAMES.coreUsers),
  passwords,
  readPhoneNumber: async () => undefined,
  userConfig: DEFAULT_USER_CONFIG,
  clock: () => Date.now() + Number(ahead),
  random: systemRandom,
  config: {
    ...DEFAULT_CORE_CONFIG,
    rotation: 'on-refresh',
    graceReuse: 'same',
    signingKeyInterval: SIGNING_KEY_INTERVAL,
  },
  report: ({ event }) => tell({ event }),
});

async function answer({ id, method, path, body }: CoreQuestion): Promise<void> {
  const [pathname = '', query] = path.split('?');
  const response = await withinBudget(BUDGET, () =>
    core.handle({
      method,
      path: pathname,
      query: new URLSearchParams(query),
      headers: { 'cdi-version': '5.4' },
      body: body === undefined ? undefined : JSON.stringify(body),
    }),
  );
  tell({ id, status: response.status, body: response.body });
}

tell({ event: 'ready' });
for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line) as CoreQuestion);
// The process that asked has gone.
process.exit();
