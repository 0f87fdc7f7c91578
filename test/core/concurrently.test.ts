import { concurrently } from '../../lib/core/concurrently.ts';

describe('work at once', () => {
  test('is done for each item, never more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    const items = Array.from({ length: 20 }, (_, index) => index);
    await concurrently(3, items, async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      done.push(item);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual(items);
    expect(most).toBe(3);
  });

  test('fails with the first failure, once what ran has ended', async () => {
    const ended: number[] = [];
    const work = concurrently(2, [1, 2, 3], async (item) => {
      if (item === 1) throw new Error('one');
      await new Promise(setImmediate);
      ended.push(item);
    });
    await expect(work).rejects.toThrow('one');
    expect(ended).toContain(2);
  });
});
