import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../core/errors.ts';
import { retryPause } from '../../dynamodb/call.ts';
import { isUnavailable } from '../../dynamodb/errors.ts';

/** The last pause is up to 12.8 s: longer than a table takes to grow when it is written to for the first time. */
const RETRIES = 8;

/** Does again what DynamoDB was not available for; `work` must be such that it may be done twice. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await work();
    } catch (error) {
      if (!(isUnavailable(error) || error instanceof StoreUnavailable) || count === RETRIES) throw error;
      await sleep(retryPause(count, Math.random()));
    }
  }
}
