import { DynamoDbError } from '../../../dynamodb/errors.ts';
import { ItemTooLarge, StoreUnavailable } from '../../errors.ts';

/** A store whose methods throw the core's errors instead of DynamoDB's. */
export function withStoreErrors<T extends object>(table: T): T {
  const translated = Object.entries(table).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await method(...args);
      } catch (error) {
        throw translate(name, error);
      }
    },
  ]);
  return Object.fromEntries(translated) as T;
}

function translate(method: string, error: unknown): unknown {
  if (!(error instanceof DynamoDbError)) return error;
  if (error.fault === 'ItemTooLarge') return new ItemTooLarge(error);
  return error.fault === 'Unavailable' ? new StoreUnavailable(`do ${method}`, error) : error;
}
