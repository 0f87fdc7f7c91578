import { describeContract } from './contract.ts';
import { startDynamoDbLocal, whyNoDynamoDbLocal } from './dynamodb-local.ts';

const missing = whyNoDynamoDbLocal();

// The crashes of account linking are tested on dynalite alone. A crash breaks off between two calls, and the other tests make each of
// these calls here.
if (missing === undefined) {
  describe('On DynamoDB Local the store contract holds', () =>
    describeContract({ start: startDynamoDbLocal }, ['stores', 'users', 'linking', 'load']));
} else {
  test.skip(`On DynamoDB Local the store contract holds (skipped: ${missing})`, () => undefined);
}
