import { readableLine } from '../../lib/dev/log-text.ts';
import { createLog } from '../../lib/observability/log.ts';
import { formatLine } from '../../lib/observability/log-line.ts';

/** What `npm run dev` prints of something that a function logs. */
function printed(...entry: Parameters<ReturnType<typeof createLog>>): string {
  const lines: string[] = [];
  createLog(Date.now, (logged) => lines.push(readableLine(formatLine(logged))))(...entry);
  return lines.join('\n');
}

/** An error that was thrown at these places. */
function errorAt(message: string, places: readonly string[], options?: ErrorOptions): Error {
  const error = new TypeError(message, options);
  error.stack = [`TypeError: ${message}`, ...places.map((place) => `    at ${place}`)].join('\n');
  return error;
}

const HANDLER = `handler (${process.cwd()}/handlers/notes.ts:7:61)`;
const ENGINE = `handler (${process.cwd()}/lib/http/protected-route.ts:64:13)`;

test('a line of the log is a level, a message and details, without the ids of an invocation in AWS', () => {
  const ids = { function: 'shop-dev-notes', coldStart: true, requestId: 'a', awsRequestId: 'b' };
  expect(printed('info', 'SigningKeyMade', { ...ids, kid: 'd-1' })).toBe('info SigningKeyMade kid=d-1');
});

test('the stack of an error ends at your own code, and names files relative to the project', () => {
  const error = errorAt('x is not a function', [`map (${process.cwd()}/node_modules/a/b.js:1:2)`, HANDLER, ENGINE]);
  expect(printed('error', 'RequestFailed', { method: 'GET', path: '/notes', error })).toBe(
    'error RequestFailed method=GET path=/notes\n' +
      '  TypeError: x is not a function\n' +
      '    at map (node_modules/a/b.js:1:2)\n' +
      '    at handler (handlers/notes.ts:7:61)',
  );
});

test('without your own code in it, the stack is whole, except for frames of Node.js', () => {
  const error = errorAt('The handler returned undefined', [ENGINE, 'process (node:internal/a:1:2)']);
  expect(printed('error', 'RequestFailed', { error })).toBe(
    'error RequestFailed\n  TypeError: The handler returned undefined\n    at handler (lib/http/protected-route.ts:64:13)',
  );
});

test('what caused an error follows it, also if there are several causes', () => {
  const refused = Object.assign(errorAt('connect failed', []), { code: 'ECONNREFUSED' });
  const cause = new AggregateError([refused, 'a text'], 'No core answered');
  cause.stack = '';
  expect(printed('error', 'RequestFailed', { error: errorAt('Unavailable', [HANDLER], { cause }) })).toBe(
    'error RequestFailed\n' +
      '  TypeError: Unavailable\n' +
      '    at handler (handlers/notes.ts:7:61)\n' +
      '  caused by AggregateError: No core answered\n' +
      '  caused by TypeError: connect failed (ECONNREFUSED)\n' +
      '  caused by a text',
  );
});

test('no text can do something to the terminal, or look like another line', () => {
  const attack = 'a\u001b[2J\nPOST /auth/signin 200 9 ms\u202e';
  const lines = printed('error', 'RequestFailed', { path: attack, error: errorAt(attack, [attack]) }).split('\n');
  expect(lines).toEqual([
    'error RequestFailed path=a\\u001b[2J\\u000aPOST /auth/signin 200 9 ms\\u202e',
    '  TypeError: a\\u001b[2J',
    '  POST /auth/signin 200 9 ms\\u202e',
    '    at a\\u001b[2J',
  ]);
});

test.each([
  'GET /notes 200 12 ms',
  'Rebuilt. The next request runs the new code.',
  '{"time":"2026-01-01T00:00:00Z"',
  '{"time":1,"level":"info","message":"Metrics","_aws":{}}',
  '{"notes":[]}',
])('%s stays as it is', (line) => {
  expect(readableLine(line)).toBe(line);
});
