import type { CoreConfig } from '../../core/config.ts';
import { createDynamoDbStore } from '../../core/store/dynamodb/index.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import { systemRandom } from '../../supertokens/system-random.ts';
import type { Bulk } from '../operator/bulk.ts';
import type { SessionTables } from '../operator/session-tables.ts';
import type { Job, KeyJob } from './job.ts';
import { installationOf } from './keys/official-keys.ts';
import { createAgreements } from './sessions/agreements.ts';
import { createDynamoDbSessions } from './sessions/dynamodb-sessions.ts';
import { createPasses } from './sessions/passes.ts';

/** What a job is made of. */
export interface JobParts extends Pick<Job, 'official' | 'clock' | 'isDryRun' | 'terminal' | 'output'> {
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  readonly names: SessionTables['names'];
  readonly settings: Pick<CoreConfig, 'refreshTokenValidity' | 'signingKeyInterval' | 'accessTokenValidity'>;
}

/** Moves keys. */
export function openKeyJob({ official, db, bulk, names, settings, clock, isDryRun, terminal }: JobParts): KeyJob {
  const store = createDynamoDbStore(db, names);
  const { refreshTokenValidity, signingKeyInterval: interval, accessTokenValidity } = settings;
  const { sessions } = store;
  return {
    official,
    ours: createDynamoDbSessions({ db, bulk, sessions, table: names.sessions, clock, refreshTokenValidity }),
    store,
    schedule: { interval, accessTokenValidity },
    clock,
    random: systemRandom,
    isDryRun,
    terminal,
  };
}

/** Moves sessions. An export gives the official core its refresh secret before: that names the installation. */
export async function openJob(parts: JobParts): Promise<Job> {
  const { official, db, bulk, names, output } = parts;
  const installation = await installationOf(official);
  return {
    ...openKeyJob(parts),
    agreements: createAgreements(db, bulk, names.sessions, installation),
    passes: createPasses(db, names.sessions, installation),
    output,
  };
}
