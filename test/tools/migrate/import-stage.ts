import type { SessionRow } from '../../../lib/core/session/rules/row.ts';
import type { SessionHandle } from '../../../lib/core/types.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { empty, makeStage, type Run, type Servers, type Stage } from './installation.ts';

export let database: PostgresDatabase;
export let stage: Stage;

export const importAll = (...options: string[]): Promise<Run> =>
  stage.migrate('import', '--from', database.address, ...options);

export const sessionOf = (handle: string): Promise<SessionRow | undefined> =>
  stage.store.sessions.get(handle as SessionHandle);

/** Gives the suite an official core's database. Each test finds it empty, and has a stage of its own. */
export function useImportStage(servers: () => Servers): void {
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  beforeEach(async () => {
    [stage] = await Promise.all([makeStage(servers().dynamoDb.endpoint), empty(database)]);
  });
}
