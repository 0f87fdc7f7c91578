import type { connectTestDatabase } from '../fixtures/core.ts';

/** A DynamoDB that the contract is tested on. */
export interface Target {
  readonly start: () => Promise<{ readonly endpoint: string; stop(): Promise<void> }>;
}

/** Fresh tables on a target. */
export type Database = Awaited<ReturnType<typeof connectTestDatabase>>;
/** Where the target listens. It is known once tests run. */
export type Endpoint = () => Promise<string>;
