import { type LocalFunction, startLocalFunctions } from '../fixtures/local-functions.ts';

/** What `npm run dev` prints if one more function stands in serverless.yml. */
async function startWith(mistaken: LocalFunction): Promise<string> {
  const started = startLocalFunctions('failing-start', { mistaken });
  const outcome = await started.catch((error: unknown) => (error as Error).message);
  if (typeof outcome === 'string') return outcome;
  await outcome.stop();
  throw new Error('The API did start');
}

test('a handler that cannot be built: the place of the fault, and no stack of the build', async () => {
  const message = await startWith({ source: 'export const handler = {;\n' });
  expect(message).toMatch(/^The API did not start:\n/);
  expect(message.match(/Expected identifier but found ";"/g)).toHaveLength(1);
  expect(message).toContain('.build/failing-start/mistaken.ts:1:24');
  expect(message).not.toMatch(/node_modules|node:|Environment:|^ +at /m);
}, 300_000);

test('a function in serverless.yml whose file does not exist: its name', async () => {
  const message = await startWith({ source: '', handler: 'handlers/nots.handler' });
  expect(message).toBe(
    'The API did not start:\nThe configuration has 1 fault:\n' +
      '- The function mistaken has the handler handlers/nots.handler, but there is no such file',
  );
}, 300_000);
