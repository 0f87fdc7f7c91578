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

/** As long as a request may take in these tests, ms: what passes has as much as a function, so that no busy machine fails it. */
export const BUDGET = { passing: 9500, lasting: 400 } as const;

const LOST = after(brokenConnection);
const RESET = before(brokenConnection);

/** What does not pass in time: whoever needs DynamoDB cannot be served. */
export const LASTING: readonly NamedFault[] = [
  { name: 'every answer too late', fault: late(2 * BUDGET.lasting) },
  { name: 'no answer at all', fault: hanging },
  { name: 'every connection reset before the request arrives', fault: RESET },
  { name: 'every answer lost after the work was done', fault: LOST },
  { name: 'every answer breaking off', fault: after(brokenAnswer) },
  { name: 'half of the JSON', fault: truncated },
  { name: 'answers that are no JSON', fault: after(text('{"Item": nonsense')) },
  { name: 'internal errors', fault: before(fault(500, 'InternalServerError')) },
  { name: 'internal errors after the work was done', fault: after(fault(500, 'InternalServerError')) },
  { name: 'a service that is unavailable', fault: before(fault(503, 'ServiceUnavailable')) },
  { name: 'pages of somebody in between', fault: before(page(502)) },
  { name: 'a throttled table', fault: before(fault(400, 'ProvisionedThroughputExceededException')) },
  { name: 'a throttled account', fault: before(fault(400, 'ThrottlingException')) },
  { name: 'an account over its limit', fault: before(fault(400, 'RequestLimitExceeded')) },
];

/** What begins in the midst of an operation, and lasts: it stops half way. */
export const STOPPING: readonly NamedFault[] = [
  { name: 'nothing arrives any more from the second request on', fault: from(1, RESET) },
  { name: 'every answer is lost from the second request on', fault: from(1, LOST) },
  { name: 'every answer is lost from the third request on', fault: from(2, LOST) },
];

/** What is over soon: the operation succeeds all the same. That a client comes over all of them, the contract tests show. */
export const PASSING: readonly NamedFault[] = [
  { name: 'every answer late', fault: late(30) },
  { name: 'batches processed one by one', fault: partially(1) },
  { name: 'no answer, once', fault: only(0, hanging) },
  { name: 'an answer lost, once', fault: only(0, LOST) },
  { name: 'the second answer lost', fault: only(1, LOST) },
  { name: 'the third answer lost', fault: only(2, LOST) },
];

/** What many operations that share a proxy meet, beside {@link LASTING}. */
export const SHARED: readonly (NamedFault & { readonly fails: 'nobody' | 'who writes' | 'everybody' })[] = [
  { name: 'every answer late', fault: late(30), fails: 'nobody' },
  { name: 'batches processed one by one', fault: partially(1), fails: 'nobody' },
  { name: 'each connection reset when a request comes first', fault: atFirst(RESET), fails: 'nobody' },
  { name: 'each answer lost to a write that comes first', fault: onWrites(atFirst(LOST)), fails: 'nobody' },
  { name: 'every answer lost to a write', fault: onWrites(LOST), fails: 'who writes' },
  ...LASTING.map((fault) => ({ ...fault, fails: 'everybody' as const })),
];

/** What a slow or busy machine adds to a time, ms. Less than the budget of a call that nothing has shortened. */
export const SLACK = 4500;

/** A call is made once, and then up to four times again; no operation makes the same call more than twice. */
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
