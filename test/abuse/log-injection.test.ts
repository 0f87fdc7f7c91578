import fc from 'fast-check';
import { createLog } from '../../lib/observability/log.ts';
import { formatLine } from '../../lib/observability/log-line.ts';
import { capturedOutput } from '../fixtures/captured-output.ts';
import { ManualClock } from '../fixtures/core.ts';
import { httpApiEvent, lambdaContext, startFunctionAloud } from '../fixtures/lambda.ts';

/** What ends a line, or tells a terminal to do something (ECMA-48: C0, DEL and C1), or to show a line otherwise than it is. */
const UNPRINTED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

const FORGED = '{"level":"error","message":"TokenTheftDetected"}';
const ATTACKS = {
  CRLF: `\r\n${FORGED}\r\n`,
  'other line ends': `\u2028${FORGED}\u2029${FORGED}\u0085${FORGED}\v\f`,
  'ANSI escapes': '\u001b[2J\u001b]0;title\u0007\u009b31m\u009d0;title\u009c\u0090x',
  'overwriting what stands there': '\b\b\b\b\r\u007f',
  'right to left': '\u202e}"rorre":"level"{\u2066\u2069\u200f',
  quotes: `","level":"error","message":"TokenTheftDetected","x":"\\`,
};

/** Says everything that a client can get into a line. */
function lineAbout(text: string): string {
  const lines: string[] = [];
  const log = createLog(new ManualClock().now, (entry) => lines.push(formatLine(entry)));
  log('error', 'RequestFailed', { method: text, path: text, error: new Error(text, { cause: text }), [text]: text });
  return lines.join('\n');
}

test.each(Object.entries(ATTACKS))('log injection: %s', (_what, text) => {
  const line = lineAbout(text);
  expect(line).not.toMatch(UNPRINTED);
  expect(JSON.parse(line)).toMatchObject({
    level: 'error',
    message: 'RequestFailed',
    path: text,
    error: { message: text },
  });
});

test('log injection: whatever a client sends, it is one line, which says what was sent', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    fc.pre(!['time', 'level', 'message', 'method', 'path', 'error'].includes(text));
    const line = lineAbout(text);
    expect(line).not.toMatch(UNPRINTED);
    expect(JSON.parse(line)).toMatchObject({ message: 'RequestFailed', path: text });
  });
  fc.assert(property, { numRuns: 50 });
});

test('log injection: what a function prints of a request is one line', async () => {
  const handler = await startFunctionAloud({ PUBLISHED_KEYS_TABLE: 'none' }, async () => {
    const { plainRoute } = await import('../../lib/index.ts');
    return plainRoute(async (request) => {
      throw new Error(`Cannot read ${request.body}`);
    });
  });
  const evil = Object.values(ATTACKS).join('');
  const lines = await capturedOutput(async () => {
    await handler(httpApiEvent('GET', `/${evil}`, { headers: { 'user-agent': evil }, body: evil }), lambdaContext);
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(UNPRINTED);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'RequestFailed', path: `/${evil}` });
});
