import { randomUUID } from 'node:crypto';
import { phoneNumbers } from '../fixtures/phone-numbers.ts';
import type { Exchange, RecordedRequest, Run } from './exchange.ts';
import { faultsOfAnswer } from './matching.ts';
import { type Known, resolveJson, resolveText } from './references.ts';
import { verifyJwts } from './signatures.ts';
import type { Target, TargetRequest } from './target.ts';

/** Replays a run. @returns the faults of the first answer that differs from the recorded one; none if all match */
export async function replay({ steps }: Run, target: Target): Promise<string[]> {
  const [phone, phone2] = [somePhone(), somePhone()];
  const known: Known = { user: `user-${randomUUID()}`, phone, phone2, answers: new Map() };
  for (const step of steps) {
    if ('wait' in step) {
      await target.wait(step.wait);
      continue;
    }
    // No two users of a recording joined at the same moment.
    await target.wait(MOMENT);
    const faults = await replayExchange(step, target, known);
    if (faults.length > 0) return faults.map((fault) => `step ${step.id}, ${fault}`);
  }
  return [];
}

/** ms */
const MOMENT = 3;

const somePhone = phoneNumbers();

async function replayExchange({ id, request, response }: Exchange, target: Target, known: Known): Promise<string[]> {
  const moment = target.now();
  const answer = await target.ask(resolveRequest(request, known));
  // Before it is compared: an answer may refer to itself.
  known.answers.set(id, answer.json ?? answer.body);
  const jwts = await verifyJwts(answer.json ?? null, () => target.readKeys());
  return faultsOfAnswer(response, answer, { known, moment, jwts });
}

function resolveRequest({ method, path, headers, body, raw }: RecordedRequest, known: Known): TargetRequest {
  return {
    method,
    path: resolveText(path, known),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, resolveText(value, known)])),
    body: body === undefined ? raw : JSON.stringify(resolveJson(body, known)),
  };
}
