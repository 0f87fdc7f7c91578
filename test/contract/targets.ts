import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import type { connectTestDatabase } from '../fixtures/core.ts';
import { startDynamoDbLocal, whyNoDynamoDbLocal } from '../fixtures/dynamodb-local.ts';

/** A DynamoDB that the contract is tested on. */
export interface Target {
  /** Says so if it cannot be started on this machine, and why not. */
  readonly title: string;
  readonly isHere: boolean;
  readonly start: () => Promise<{ readonly endpoint: string; stop(): Promise<void> }>;
}

const missing = whyNoDynamoDbLocal();

export const TARGETS: readonly Target[] = [
  { title: 'dynalite', isHere: true, start: () => startEmbeddedDynamoDb() },
  {
    title: missing === undefined ? 'DynamoDB Local' : `DynamoDB Local (skipped: ${missing})`,
    isHere: missing === undefined,
    start: startDynamoDbLocal,
  },
];

/** Fresh tables on a target. */
export type Database = Awaited<ReturnType<typeof connectTestDatabase>>;
/** Waits until the target listens. */
export type Endpoint = () => Promise<string>;
