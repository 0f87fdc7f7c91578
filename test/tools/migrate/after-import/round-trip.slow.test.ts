import { EXIT } from '../../../../lib/tools/command-line.ts';
import { ManualClock } from '../../../fixtures/core.ts';
import type { CoreProcess } from '../../../fixtures/core-process.ts';
import type { MigrationMode } from '../../../fixtures/official-core.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating, makeStage, type Stage } from '../installation.ts';
import { checkUsers } from './check-users.ts';
import { recordsIn } from './records-of-stage.ts';
import { startSdkOn } from './sdk-on-stage.ts';
import { expectNothingNew, type SeededInstallation, seedInstallation } from './seeded-installation.ts';

/** The first core has finished its own migration, and the second one has not begun it. */
const FIRST_MODE: MigrationMode = 'MIGRATED';

let first: Stage;
let second: Stage;
let exported: PostgresDatabase;
let installation: SeededInstallation;
let core: CoreProcess;

describeMigrating(
  "after an export to another official core and an import of that, with SuperTokens' own SDK,",
  (servers) => {
    beforeAll(async () => {
      const { postgres, dynamoDb } = servers();
      const official = await postgres.createDatabase();
      exported = await postgres.createDatabase();
      const clock = new ManualClock(Date.now());
      [first, second] = [
        await makeStage(dynamoDb.endpoint, clock, true),
        await makeStage(dynamoDb.endpoint, clock, true),
      ];
      installation = await seedInstallation(official, FIRST_MODE);
      await first.migrate('import', '--from', official.address);
    });
    afterAll(() => core?.stop());

    test('nothing is lost on the way', async () => {
      const out = await first.migrate('export', '--to', exported.address, '--verify');
      expect(out).toMatchObject({ code: EXIT.done });
      const back = await second.migrate('import', '--from', exported.address, '--verify');
      expect(back).toMatchObject({ code: EXIT.done });
      const [one, other] = [await recordsIn(first), await recordsIn(second)];
      expect(other).toEqual(one);
      expect(one.users.length).toBeGreaterThan(10);
      for (const run of [
        await first.migrate('export', '--to', exported.address, '--verify'),
        await first.migrate('import', '--from', exported.address, '--verify'),
        await second.migrate('export', '--to', exported.address, '--verify'),
      ]) {
        expect(run.code).toBe(EXIT.done);
        expectNothingNew(run.output);
      }
      core = await startSdkOn(second);
    });

    checkUsers(() => installation);
  },
);
