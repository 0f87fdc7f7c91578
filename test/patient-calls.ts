// jest loads this before each suite. One that tests the real limit has jest.unmock.
jest.mock('../lib/dynamodb/time-budget.ts', () => jest.requireActual('./fixtures/patient-budget.ts'));
