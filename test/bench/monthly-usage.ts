import type { CostPerMillion } from './aws-prices.ts';

/** What a user does in a month, for the costs of a million users. */
export interface MonthlyUse {
  /** A scenario of bench:requests. */
  readonly scenario: string;
  readonly label: string;
  readonly times: number;
}

/** A user who is there every day, ten requests and two refreshes each, and signs in once. */
export const MONTH_OF_A_USER: readonly MonthlyUse[] = [
  { scenario: 'protected route: session info', label: 'protected requests', times: 300 },
  { scenario: 'refresh', label: 'refreshes', times: 60 },
  { scenario: 'sign-in', label: 'sign-ins', times: 1 },
];

/** Dollars a month for a million users. */
export interface MonthlyCost extends MonthlyUse {
  readonly requests: number;
  readonly compute: number;
  readonly dynamoDb: number;
  readonly total: number;
}

/** @param costs of each scenario. Compute counts at the function's share of a CPU */
export function monthlyCosts(costs: ReadonlyMap<string, CostPerMillion>): MonthlyCost[] {
  return MONTH_OF_A_USER.map((use) => {
    const cost = costs.get(use.scenario);
    if (cost === undefined) throw new Error(`bench:requests has not measured "${use.scenario}"`);
    const [requests, compute] = [use.times * cost.requests, use.times * cost.computeAtCpuShare];
    const dynamoDb = use.times * cost.dynamoDb;
    return { ...use, requests, compute, dynamoDb, total: requests + compute + dynamoDb };
  });
}
