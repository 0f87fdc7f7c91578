import {
  after,
  atFirst,
  before,
  type Fault,
  from,
  hanging,
  late,
  only,
  onWrites,
  partially,
  truncated,
} from '../fixtures/faulty-proxy.ts';
import { brokenAnswer, brokenConnection, fault, page, type StubRequest, text } from '../fixtures/stub-dynamodb.ts';

/** Something that goes wrong between the core and DynamoDB. */
export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
}

/** How long a request may take in these tests, ms. What passes has as long as a function has, so that a busy machine does not fail it. */
export const BUDGET = { passing: 9500, lasting: 400 } as const;

const LOST = after(brokenConnection);
const RESET = before(brokenConnection);

/** What lasts longer than a request has time, one fault of each effect: the request never arrives, or its answer is lost. */
export const LASTING_EFFECTS: readonly NamedFault[] = [
  { name: 'every answer too late', fault: late(2 * BUDGET.lasting) },
  { name: 'no answer at all', fault: hanging },
  { name: 'every connection reset before the request arrives', fault: RESET },
  { name: 'every answer lost after the work was done', fault: LOST },
  { name: 'internal errors after the work was done', fault: after(fault(500, 'InternalServerError')) },
  { name: 'a throttled table', fault: before(fault(400, 'ProvisionedThroughputExceededException')) },
];

/** All that lasts longer than a request has time. For the core, each has one of the effects above: the contract tests show it. */
export const LASTING: readonly NamedFault[] = [
  ...LASTING_EFFECTS,
  { name: 'every answer breaking off', fault: after(brokenAnswer) },
  { name: 'half of the JSON', fault: truncated },
  { name: 'answers that are no JSON', fault: after(text('{"Item": nonsense')) },
  { name: 'internal errors', fault: before(fault(500, 'InternalServerError')) },
  { name: 'a service that is unavailable', fault: before(fault(503, 'ServiceUnavailable')) },
  { name: 'pages of a proxy in between', fault: before(page(502)) },
  { name: 'a throttled account', fault: before(fault(400, 'ThrottlingException')) },
  { name: 'an account over its limit', fault: before(fault(400, 'RequestLimitExceeded')) },
];

/** What begins in the middle of an operation, and lasts. The operation stops halfway. */
export const STOPPING: readonly NamedFault[] = [
  { name: 'nothing arrives any more from the second request on', fault: from(1, RESET) },
  { name: 'every answer is lost from the second request on', fault: from(1, LOST) },
  { name: 'every answer is lost from the third request on', fault: from(2, LOST) },
];

/** What is over soon. The operation succeeds all the same. The contract tests show that a client survives all of them. */
export const PASSING: readonly NamedFault[] = [
  { name: 'every answer late', fault: late(30) },
  { name: 'batches processed one by one', fault: partially(1) },
  { name: 'no answer, once', fault: only(0, hanging) },
  { name: 'an answer lost, once', fault: only(0, LOST) },
  { name: 'the second answer lost', fault: only(1, LOST) },
  { name: 'the third answer lost', fault: only(2, LOST) },
];

/** What many operations that share a proxy meet, in addition to {@link LASTING}. */
export const SHARED: readonly (NamedFault & { readonly fails: 'none' | 'writes' | 'all' })[] = [
  { name: 'every answer late', fault: late(30), fails: 'none' },
  { name: 'batches processed one by one', fault: partially(1), fails: 'none' },
  { name: 'each connection reset when a request comes first', fault: atFirst(RESET), fails: 'none' },
  { name: 'each answer lost to a write that comes first', fault: onWrites(atFirst(LOST)), fails: 'none' },
  { name: 'every answer lost to a write', fault: onWrites(LOST), fails: 'writes' },
  ...LASTING.map((fault) => ({ ...fault, fails: 'all' as const })),
];

/** What a slow or busy machine adds to a time, ms. Less than a call has here that nothing has shortened: test/patient-calls.ts. */
export const SLACK = 30_000;

/** A call is made once, and then retried up to four times. No operation makes the same call more than twice. */
export const MAX_SENDS = 2 * (1 + 4);

/** How often one and the same request came, at the most. */
export function sendsOfOne(requests: readonly StubRequest[]): number {
  const counts = new Map<string, number>();
  for (const { operation, body } of requests) {
    const request = `${operation} ${JSON.stringify(body)}`;
    counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
