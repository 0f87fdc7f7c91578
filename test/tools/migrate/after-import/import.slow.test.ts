import { EXIT } from '../../../../lib/tools/command-line.ts';
import { ManualClock } from '../../../fixtures/core.ts';
import type { CoreProcess } from '../../../fixtures/core-process.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating, makeStage, type Run, type Stage } from '../installation.ts';
import { checkUsers } from './check-users.ts';
import { startSdkOn } from './sdk-on-stage.ts';
import { expectNothingNew, type SeededInstallation, seedInstallation } from './seeded-installation.ts';
import { userItemsIn } from './user-items.ts';

let official: PostgresDatabase;
let stage: Stage;
let installation: SeededInstallation;
let imported: Run;
let core: CoreProcess;

// The core and SuperTokens' SDK go by the system's clock, and so does the import.
describeMigrating("after an import, with SuperTokens' own SDK,", (servers) => {
  beforeAll(async () => {
    official = await servers().postgres.createDatabase();
    stage = await makeStage(servers().dynamoDb.endpoint, new ManualClock(Date.now()), true);
    installation = await seedInstallation(official);
    imported = await stage.migrate('import', '--from', official.address, '--verify');
    core = await startSdkOn(stage);
  });
  afterAll(() => core?.stop());

  test('what cannot be moved is listed, and a second import changes nothing', async () => {
    const { webauthnUser, ofTenant, ofOtherApp, withTotp, mapped } = installation.users;
    const listed = imported.output.split('\n').filter((line) => line.startsWith('Not moved: '));
    expect(listed.toSorted()).toEqual(
      [
        `Not moved: user ${webauthnUser}: of the recipe webauthn, which the built-in core does not have`,
        `Not moved: user ${ofTenant}: of tenant customers`,
        `Not moved: user ${ofOtherApp}: of app other`,
        `Not moved: user ${withTotp} (roles): of tenant customers`,
        `Not moved: user ${withTotp} (TOTP devices): the built-in core has no TOTP`,
        `Not moved: user ${mapped} (data under its own id): unused, because the user has an external id`,
      ].toSorted(),
    );
    expect(imported.code).toBe(EXIT.incomplete);
    const before = await userItemsIn(stage);
    const again = await stage.migrate('import', '--from', official.address, '--verify');
    expectNothingNew(again.output);
    expect(await userItemsIn(stage)).toEqual(before);
  });

  checkUsers(() => installation);
});
