import { someSeed } from '../fixtures/seeded-random.ts';
import { runCrash } from './crash-run.ts';

test('nothing that was acknowledged is lost, and nothing is invented, when core and DynamoDB are killed at any moment', async () => {
  const seed = someSeed();
  try {
    const report = await runCrash({ seed, operations: 300, betweenKills: 40 });
    expect(report).toMatchObject({ theftsReported: 0, unlisted: 0, left: 0 });
    expect(report.coresKilled + report.databasesKilled).toBeGreaterThan(0);
  } catch (error) {
    throw new Error(`With the seed ${seed}: npm run test:crash -- --seed ${seed}`, { cause: error });
  }
});
