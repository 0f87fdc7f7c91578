import type { Millis } from '../../core/types.ts';
import { type Finding, ok, problem, SEE, skipped, warning } from './finding.ts';
import type { Answer } from './probe.ts';

/** Dates are in whole seconds, and answers take their time; ms. */
const TOLERANCE: Millis = 5000;

/**
 * Compares three clocks: this machine's, the API's (`Date`), and the core's (`iat` of a token that the answer brought).
 * Where two agree, the third is wrong.
 * @param issuedAt s, as in the token; absent without one
 */
export function clockFinding(answer: Answer, issuedAt: number | undefined): Finding {
  const api = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(api)) return skipped('clock', `${answer.asked} has no Date header.`);
  const isNear = (one: Millis, other: Millis): boolean => Math.abs(one - other) <= TOLERANCE + answer.took / 2;
  const here = answer.at;
  const core = issuedAt === undefined ? api : issuedAt * 1000;
  if (isNear(api, here) && isNear(core, api)) return ok('clock', 'The clocks agree within some seconds.');
  if (isNear(core, api)) return warning('clock', `This machine's clock is ${apart(here, api)}.`, HERE);
  if (isNear(core, here)) return warning('clock', `The API's Date header is ${apart(api, here)}.`, DATE);
  return problem('clock', `Access tokens are issued (iat) by a clock that is ${apart(core, api)}.`, CORE, SEE.trouble);
}

const apart = (clock: Millis, others: Millis): string =>
  `${Math.round(Math.abs(clock - others) / 1000)} s ${clock > others ? 'ahead of' : 'behind'} the API's and the others'`;

const HERE = "Set this machine's clock. A device with such a clock refreshes too often, or too late.";
const DATE =
  'Let the CDN cache no responses of the API. A cache or proxy answers instead of the API, or its clock is wrong.';
const CORE =
  'Set the clock of the machine that runs the core (SUPERTOKENS_CONNECTION_URI). Authorizers reject tokens from the future, and tokens from the past expire at once.';
