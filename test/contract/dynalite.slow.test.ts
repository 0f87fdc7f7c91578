import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { describeContract } from './contract.ts';

describe('On dynalite the store contract holds under load', () =>
  describeContract({ start: () => startEmbeddedDynamoDb() }, ['load']));
