import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { describeContract } from './contract.ts';

jest.mock('../../lib/dynamodb/time-budget.ts', () => jest.requireActual('../fixtures/patient-budget.ts'));

describe('On dynalite the store contract holds', () =>
  describeContract({ start: () => startEmbeddedDynamoDb() }, ['stores']));
