import type { DynamoDb } from './client.ts';

/** One table: the methods of {@link DynamoDb} without the table's name. Each throws {@link DynamoDbError}. */
export type DynamoDbTable = { readonly [Method in keyof DynamoDb]: OfOneTable<DynamoDb[Method]> };

type OfOneTable<Method> = Method extends (table: string, ...args: infer Args) => infer Result
  ? (...args: Args) => Result
  : never;

/** Returns the table with that name. */
export const tableOf = (db: DynamoDb, name: string): DynamoDbTable => ({
  get: (...args) => db.get(name, ...args),
  put: (...args) => db.put(name, ...args),
  update: (...args) => db.update(name, ...args),
  delete: (...args) => db.delete(name, ...args),
  deleteIf: (...args) => db.deleteIf(name, ...args),
  query: (...args) => db.query(name, ...args),
  queryPage: (...args) => db.queryPage(name, ...args),
  queryRange: (...args) => db.queryRange(name, ...args),
  count: (...args) => db.count(name, ...args),
  batchGet: (...args) => db.batchGet(name, ...args),
});
