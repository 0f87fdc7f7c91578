import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { describeContract } from './contract.ts';

describe('On dynalite the contract of account linking holds', () =>
  describeContract({ start: () => startEmbeddedDynamoDb() }, ['linking', 'crashes of linking']));
