import { MONTH_OF_A_USER, monthlyCosts } from './monthly-usage.ts';

const cost = { requests: 1.2, compute: 1, computeAtCpuShare: 2, dynamoDb: 3, total: 5.2 };
const ALL = new Map(MONTH_OF_A_USER.map(({ scenario }) => [scenario, cost]));

test('a million users cost as many times a million requests as each user makes', () => {
  for (const { times, requests, compute, dynamoDb, total } of monthlyCosts(ALL)) {
    expect([requests, compute, dynamoDb].map((dollars) => dollars / times)).toEqual(
      [1.2, 2, 3].map((dollars) => expect.closeTo(dollars)),
    );
    expect(total / times).toBeCloseTo(6.2);
  }
});

test('a kind of request that was not measured is an error', () => {
  expect(() => monthlyCosts(new Map())).toThrow('bench:requests has not measured "protected route: session info"');
});
