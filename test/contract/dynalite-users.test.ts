import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { describeContract } from './contract.ts';

describe('On dynalite the contract of the user stores holds', () =>
  describeContract({ start: () => startEmbeddedDynamoDb() }, ['users']));
