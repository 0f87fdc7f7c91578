// The functions in a process of their own, with a heap of their own. Its environment is theirs.

import { lambdaContext } from '../fixtures/lambda.ts';
import { installClock } from './clock.ts';
import type { FunctionQuestion, FunctionReply, LogCounts } from './function-link.ts';
import { loadFunctions } from './functions.ts';

const clock = installClock(Number(process.env.CLOCK_START));
const functions = await loadFunctions();
const log = countLog();

process.on('message', (question: FunctionQuestion) => {
  void reply(question).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, result: 'ready' } satisfies FunctionReply);

async function reply(question: FunctionQuestion): Promise<FunctionReply> {
  const { id } = question;
  if (question.task === 'sample') return { id, result: { heapBytes: heapAfterCollection(), log } };
  clock.moveTo(question.time);
  const before = performance.now();
  const answer = await functions[question.name](question.event, lambdaContext);
  return { id, result: { answer, latencyMs: performance.now() - before } };
}

function heapAfterCollection(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('This process is to be run with --expose-gc');
  gc();
  return process.memoryUsage().heapUsed;
}

/** What functions log goes to the standard output; it is counted, and not kept. */
function countLog(): LogCounts {
  const counts = { thefts: 0, errors: 0 };
  process.stdout.write = ((chunk: string | Uint8Array) => {
    const line = String(chunk);
    if (line.includes('"TokenTheftDetected"')) counts.thefts++;
    if (line.includes('"level":"error"')) counts.errors++;
    return true;
  }) as typeof process.stdout.write;
  return counts;
}
