import type { DynamoDb } from './client.ts';

/** One table: the methods of {@link DynamoDb} without the table's name. Each throws {@link DynamoDbError}. */
export type DynamoDbTable = { readonly [Method in keyof DynamoDb]: OfOneTable<DynamoDb[Method]> };

type OfOneTable<Method> = Method extends (table: string, ...args: infer Args) => infer Result
  ? (...args: Args) => Result
  : never;

/** Returns the table with that name. */
export function tableOf(db: DynamoDb, name: string): DynamoDbTable {
  const methods = Object.keys(db) as (keyof DynamoDb)[];
  const call = (method: keyof DynamoDb) =>
    (db[method] as (table: string, ...args: unknown[]) => unknown).bind(db, name);
  return Object.fromEntries(methods.map((method) => [method, call(method)])) as DynamoDbTable;
}
