/** Medians of a function's cold starts. */
export interface ColdResult {
  readonly name: string;
  readonly zipBytes: number;
  readonly initMs: number;
  readonly firstMs: number;
  /** Of the processor, for both. */
  readonly cpuMs: number;
  readonly warmMs: number;
  /** The peak until the function asks for its first event. */
  readonly initRssBytes: number;
  /** The peak until the first response. */
  readonly firstRssBytes: number;
  /** The peak of the process. */
  readonly rssBytes: number;
}

/** From the start of the process to the first response. */
export const coldMs = ({ initMs, firstMs }: ColdResult): number => initMs + firstMs;

/** @throws Error if there is no such function */
export function resultOf(results: readonly ColdResult[], name: string): ColdResult {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined) throw new Error(`The function ${name} was not measured`);
  return result;
}

/** By what a function does, not by the names of the JSON. */
export const LABELS: Readonly<Record<string, string>> = {
  sessionInfo: 'protected route',
  likeComment: 'with a DynamoDB write',
  signin: 'sign-in, hashing aside',
  signinByCode: 'sign-in by a code',
  signout: 'sign-out',
  bare: 'an empty handler',
  documented: 'as documented',
};
