import { inTime, timeLeft, uncounted, withinBudget, withinExtensibleBudget } from '../../lib/dynamodb/time-budget.ts';

const left = async () => timeLeft();

test('without a budget there is no end of the time', () => {
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget holds for all that is begun in it, and nothing else', async () => {
  const inside = await withinBudget(60_000, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return left();
  });
  expect(inside).toBeGreaterThan(0);
  expect(inside).toBeLessThan(60_000);
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget within another may shorten it, and never prolongs it', async () => {
  await withinBudget(60_000, async () => {
    expect(await withinBudget(10, left)).toBeLessThanOrEqual(10);
    expect(await withinBudget(300_000, left)).toBeLessThanOrEqual(60_000);
  });
});

test('two requests at once have a budget each', async () => {
  const [short, long] = await Promise.all([withinBudget(100, left), withinBudget(60_000, left)]);
  expect(short).toBeLessThanOrEqual(100);
  expect(long).toBeGreaterThan(100);
});

describe('work that has no limit of its own', () => {
  const never = new Promise<never>(() => undefined);

  test('gives its result, or its error', async () => {
    expect(await inTime(60_000, Promise.resolve('done'))).toBe('done');
    await expect(inTime(60_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  test('is not waited for beyond its own limit, nor beyond the budget of the request', async () => {
    await expect(inTime(10, never)).rejects.toThrow('No answer came within 10 ms');
    await expect(withinBudget(10, () => inTime(60_000, never))).rejects.toThrow('No answer came within');
  });
});

describe('work that is not counted', () => {
  const MINUTE = 60_000;
  let now = 0n;
  beforeEach(() => {
    jest.spyOn(process.hrtime, 'bigint').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  const pass = async (ms: number): Promise<void> => {
    now += BigInt(ms) * 1_000_000n;
  };

  test('takes none of the time of a budget that can be extended', async () => {
    await withinExtensibleBudget(10_000, async () => {
      await pass(1000);
      await uncounted(() => pass(MINUTE));
      expect(timeLeft()).toBeCloseTo(9000);
      await expect(uncounted(() => pass(MINUTE).then(() => Promise.reject(new Error('failed'))))).rejects.toThrow();
      expect(timeLeft()).toBeCloseTo(9000);
    });
  });

  test('takes the time of a Lambda function, which ends at its limit', async () => {
    await withinBudget(10_000, async () => {
      await uncounted(() => pass(MINUTE));
      expect(timeLeft()).toBeCloseTo(10_000 - MINUTE);
    });
  });

  test('needs no budget', async () => {
    expect(await uncounted(async () => 'done')).toBe('done');
  });
});
