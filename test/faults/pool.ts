/** Does many things, a few at a time. What waits for its time to be up does not delay the others. */
export interface Pool {
  /**
   * Does it for each of the items once the pool has begun.
   * @returns what came of an item. @throws what was thrown for it
   */
  forAll<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): (item: Item) => Promise<Result>;
  begin(): void;
  /** Resolves once all is done. */
  idle(): Promise<void>;
  /** Begins nothing more, and waits for what is under way. */
  stop(): Promise<void>;
}

/** @param size how many at a time */
export function createPool(size: number): Pool {
  const queue: (() => Promise<void>)[] = [];
  const done = Promise.withResolvers<void>();
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  return {
    forAll: <Item, Result>(items: readonly Item[], workOn: (item: Item) => Promise<Result>) => {
      const results = new Map<Item, PromiseWithResolvers<Result>>();
      for (const item of items) {
        const result = Promise.withResolvers<Result>();
        // Its test handles it later.
        result.promise.catch(() => undefined);
        results.set(item, result);
        queue.push(() => workOn(item).then(result.resolve, result.reject));
      }
      return async (item: Item) => {
        const result = results.get(item);
        if (result === undefined) throw new Error('Nothing was done for it');
        return result.promise;
      };
    },
    begin() {
      void Promise.all(Array.from({ length: size }, work)).then(() => done.resolve());
    },
    idle: () => done.promise,
    stop() {
      queue.length = 0;
      return done.promise;
    },
  };
}
