import { invoke, noteSession } from '../../lib/observability/invocation.ts';
import { createLog } from '../../lib/observability/log.ts';
import { formatLine } from '../../lib/observability/log-line.ts';
import { ManualClock } from '../fixtures/core.ts';

const caller = { functionName: 'login', requestId: 'r-1', awsRequestId: 'a-1', sessionHandle: undefined };
const lines: Record<string, unknown>[] = [];
const log = createLog(new ManualClock().now, (entry) => lines.push(JSON.parse(formatLine(entry))));
beforeEach(() => {
  lines.length = 0;
});

test('outside of an invocation a line has time, level and message, and its details', () => {
  log('info', 'CoreListening', { url: 'http://localhost' });
  expect(lines).toEqual([
    { time: '2026-11-23T12:00:00.000Z', level: 'info', message: 'CoreListening', url: 'http://localhost' },
  ]);
});

test("an invocation's lines say which it is, and whose session as soon as that is known; only the first is cold", () => {
  for (const awsRequestId of ['a-1', 'a-2']) {
    invoke({ ...caller, awsRequestId }, () => {
      log('warn', 'Before');
      noteSession('handle');
      noteSession('another, which the first revokes');
      log('warn', 'After');
    });
  }
  const about = { time: expect.any(String), level: 'warn', function: 'login', requestId: 'r-1' };
  expect(lines).toEqual([
    { ...about, message: 'Before', awsRequestId: 'a-1', coldStart: true },
    { ...about, message: 'After', awsRequestId: 'a-1', coldStart: true, sessionHandle: 'handle' },
    { ...about, message: 'Before', awsRequestId: 'a-2', coldStart: false },
    { ...about, message: 'After', awsRequestId: 'a-2', coldStart: false, sessionHandle: 'handle' },
  ]);
});

test('concurrent invocations of a process are separate, also in what continues after the response', async () => {
  const { promise: bothBegan, resolve } = Promise.withResolvers<void>();
  const answer = (sessionHandle: string) =>
    invoke({ ...caller, requestId: `of ${sessionHandle}` }, async () => {
      noteSession(sessionHandle);
      await bothBegan;
      setImmediate(() => log('info', 'RunsOn'));
    });
  const answers = [answer('one'), answer('two')];
  resolve();
  await Promise.all(answers);
  await new Promise((done) => setImmediate(done));
  expect(lines.map(({ requestId, sessionHandle }) => [requestId, sessionHandle])).toEqual([
    ['of one', 'one'],
    ['of two', 'two'],
  ]);
});

test('an error is written with its code, its stack, its cause and what it sums up', () => {
  const sum = new AggregateError([new Error('one'), 'two'], 'inner');
  const error = Object.assign(new Error('outer', { cause: sum }), { code: 'ECONNRESET' });
  log('error', 'Failed', { error });
  expect(lines[0]?.error).toMatchObject({
    name: 'Error',
    message: 'outer',
    code: 'ECONNRESET',
    stack: expect.stringContaining('log.test.ts'),
    cause: { name: 'AggregateError', message: 'inner', errors: [{ message: 'one' }, 'two'] },
  });
});

const JWT = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJ1In0'.repeat(9)}.${'c2lnbmF0dXJl'.repeat(20)}`;
const REFRESH_TOKEN = `${'Ab+/0123'.repeat(30)}==.${'0123456789abcdef'.repeat(4)}.V2`;
const PASSWORD_HASHES = {
  Argon2id: '$argon2id$v=19$m=87795,t=1,p=2$c2FsdHNhbHQ$aGFzaA+/aGFzaA',
  Argon2i: '$argon2i$v=19$m=16,t=1,p=2$c2FsdHNhbHQ$aGFzaA+/aGFzaA',
  bcrypt: `$2a$11$${'abcdefghij./ABCDEFGHIJ0123456789klmnopqrstuvwxyzKLMNO'}`,
  "Firebase's scrypt": '$f_scrypt$c2FsdHNhbHQ=$aGFzaA+/aGFzaA==$m=14$r=8$s=Bw==',
  scrypt: '$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$aGFzaA+/aGFzaA',
};

test.each<readonly [what: string, secret: string]>([
  ['a JWT', JWT],
  ['a JWT without a signature', JWT.replace(/[^.]*$/, '')],
  ['a refresh token', REFRESH_TOKEN],
  ['a refresh token in a cookie', encodeURIComponent(REFRESH_TOKEN)],
  ...Object.entries(PASSWORD_HASHES).map(([algorithm, hash]) => [`a password hash of ${algorithm}`, hash] as const),
])('%s is left out, wherever an error quotes it', (_what, secret) => {
  const error = new Error(`Cannot read "${secret}", sorry`, { cause: new Error(secret) });
  log('error', 'Failed', { error, path: `/a?${secret}` });
  expect(lines[0]).toMatchObject({
    path: '/a?[secret]',
    error: { message: 'Cannot read "[secret]", sorry', cause: { message: '[secret]' } },
  });
  expect(JSON.stringify(lines)).not.toContain(secret.slice(5, 25));
});

test.each([
  ['a blank in a URL', 'Bearer%20'],
  ['an equals sign in a URL', 'st-access-token%3D'],
  ['a letter', 'token'],
  ['a hyphen', 'a-'],
  ['an end of line', 'Cookie:\n'],
  ['a tab', '\t'],
  ['a quotation mark', '"'],
  ['a backslash', 'C:\\'],
])('a JWT and a refresh token behind %s are left out, and the line stays JSON', (_what, before) => {
  log('info', 'Quoted', { jwt: before + JWT, refresh: before + REFRESH_TOKEN });
  expect(lines[0]?.jwt).toBe(`${before}[secret]`);
  expect(lines[0]?.refresh).toMatch(/\[secret\]$/);
  expect(JSON.stringify(lines)).not.toContain(JWT.slice(5, 25));
  expect(JSON.stringify(lines)).not.toContain(REFRESH_TOKEN.slice(5, 25));
});

test('a token that is the name of a detail is left out', () => {
  log('info', 'Named', { query: { [JWT]: '', page: 2 }, list: [{ [REFRESH_TOKEN]: 1 }] });
  expect(lines[0]).toMatchObject({ query: { '[secret]': '', page: 2 }, list: [{ '[secret]': 1 }] });
});

test('several tokens of one text are all left out', () => {
  log('info', 'Several', { text: `${JWT} ${JWT},${REFRESH_TOKEN};${JWT}` });
  expect(lines[0]?.text).toBe('[secret] [secret],[secret];[secret]');
});

test('what is no secret stays as it is', () => {
  const kept = {
    path: '/auth/v2/a.b.V2',
    kid: 'd-1732363200000',
    handle: '0b5c1a52-6f6e-4c43-9c47-1f8f0c6c1f6b',
    text: 'eyJ.no.token, heyJo.',
    when: new Date(0),
  };
  log('info', 'Kept', kept);
  expect(lines[0]).toMatchObject({ ...kept, when: '1970-01-01T00:00:00.000Z' });
});

/** Each took seconds in 64 KB when the time grew with the square of the length: in 600 KB, minutes. */
test.each([
  'A',
  'eyJ',
  '-eyJ',
  'eyJ.',
  'eyJa.',
  '.eyJa',
  'eyJa.b',
  '%20eyJ',
  'A.',
  '0.',
  `${'a'.repeat(20)}.`,
  '$scrypt$',
  '$argon2id',
  '$2a$',
  '$f_scrypt',
  '\neyJ',
])('a line of 600 KB of "%s" takes no time to look through', (part) => {
  const text = part.repeat(600_000 / part.length);
  const began = process.threadCpuUsage();
  log('info', 'Long', { text });
  expect(process.threadCpuUsage(began).user).toBeLessThan(10_000_000);
});
