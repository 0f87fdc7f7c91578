import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import type { Environment } from '../../../lib/config/environment.ts';
import { doctorCommand } from '../../../lib/tools/doctor/doctor-command.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { credentials, PASSWORD } from '../../fixtures/log-in.ts';
import { listenOnLoopback } from '../../fixtures/loopback.ts';
import { typed } from '../../fixtures/typed-terminal.ts';
import { startedForTests, untimed } from './diagnose.ts';
import { WEBSITE } from './faults.ts';

const doctor = (args: readonly string[], environment: Environment = {}, isTerminal = false) =>
  typed(doctorCommand({ environment, isTerminal, probing: untimed(fetch) }), args);

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  return `http://localhost:${await listenOnLoopback(server)}`;
}
const answering = (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  server.keepAliveTimeout = 1;
  return listen(server);
};

describe('a URL that is not the service is said in words', () => {
  const html: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Our shop</title>');
  };
  const endless: RequestListener = (_request, response) => {
    const more = () => response.write('x'.repeat(100_000)) && setImmediate(more);
    response.on('drain', more);
    more();
  };
  const redirect: RequestListener = (_request, response) => {
    response.writeHead(301, { location: 'https://www.example.com/?secret=1' }).end();
  };
  const json =
    (status: number, body: object): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };

  test.each<[string, () => Promise<string>, 1 | 2, RegExp]>([
    ['a website', () => answering(html), 1, /200 with HTML \("Our shop"\)[\s\S]*not the API/],
    [
      'a redirect',
      () => answering(redirect),
      1,
      /a redirect to https:\/\/www\.example\.com\/\.\n[\s\S]*must not be redirected/,
    ],
    ['an endless answer', () => answering(endless), 1, /200 without JSON, which is no response of this service/],
    [
      'another API',
      () => answering(json(404, { message: 'Not Found' })),
      1,
      /404 "Not Found", which is no[[\s\S]*API_GATEWAY_PATH/,
    ],
    [
      'functions that do not start',
      () => answering(json(500, { message: 'Internal Server Error' })),
      1,
      /A function does not start/,
    ],
    [
      'a port where nothing listens',
      async () => `http://localhost:${await freePort()}`,
      2,
      /so nothing listens at this port/,
    ],
    ['an unknown host', async () => 'https://doctor.invalid', 2, /host name is unknown/],
    ['a cut connection', () => listen(createTcpServer((socket) => socket.destroy())), 2, /connection ended before/],
    ['silence', () => listen(createTcpServer(() => undefined)), 2, /no answer within 0\.3 s/],
    [
      'no HTTP',
      () => listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))),
      2,
      /does not speak http\. Try https/,
    ],
    [
      'http, asked for https',
      async () => (await answering(html)).replace('http:', 'https:'),
      2,
      /does not speak https/,
    ],
  ])('%s', async (what, start, code, says) => {
    const timeout = what === 'silence' ? '0.3' : '20';
    const run = await doctor([await start(), '--origin', WEBSITE, '--timeout', timeout]);
    expect(run.output).toMatch(says);
    expect(run).toMatchObject({ code, errors: '' });
    expect(run.output).not.toMatch(/secret|preflight/);
  });
});

describe('a wrong call is 2, and says what is wrong', () => {
  const API = 'https://api.example.com';
  const ORIGIN = ['--origin', 'https://app.example.com'];

  test.each([
    ['no URL', ORIGIN, /Give one URL/],
    ['two URLs', [API, API, ...ORIGIN], /Give one URL/],
    ['no origin', [API], /--origin/],
    ['a URL without a scheme', ['api.example.com', ...ORIGIN], /must begin with https/],
    ['a URL with a query', [`${API}/?a=b`, ...ORIGIN], /must not have a user, \? or #/],
    ['an origin with a path', [API, '--origin', 'https://app.example.com/login'], /without a path/],
    ['a base path that is none', [API, ...ORIGIN, '--base-path', 'auth'], /--base-path must be a path such as \/auth/],
    ['a user without a password', [API, ...ORIGIN, '--email', 'me@example.com'], /DOCTOR_PASSWORD/],
    ['a password without a user', [API, ...ORIGIN, '--password', 'secret'], /--password needs --email/],
    ['a new user with an e-mail', [API, ...ORIGIN, '--sign-up', '--email', 'me@example.com'], /of its own/],
    ['no time at all', [API, ...ORIGIN, '--timeout', '0'], /--timeout/],
    ['a sender that is no address', [API, ...ORIGIN, '--mail-from', 'example.com'], /must be an e-mail address/],
    ['a sender without a region', [API, ...ORIGIN, '--mail-from', 'app@example.com'], /--mail-region/],
    [
      'a mail server that is no address',
      [API, ...ORIGIN, '--smtp', 'https://smtp.example.com'],
      /--smtp must be such as/,
    ],
    ['a mail server without a user', [API, ...ORIGIN, '--smtp', 'smtps://smtp.example.com'], /needs the user/],
    ['a mail server with a password', [API, ...ORIGIN, '--smtp', 'smtps://a:b@smtp.example.com'], /no password/],
    [
      'a mail server without a password',
      [API, ...ORIGIN, '--smtp', 'smtps://a@smtp.example.com'],
      /DOCTOR_SMTP_PASSWORD/,
    ],
    ['an unknown option', [API, ...ORIGIN, '--verbose'], /--verbose/],
  ])('%s', async (_what, args, says) => {
    const { code, output, errors } = await doctor(args, { DOCTOR_PASSWORD: '' });
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toMatch(says);
    expect(errors).not.toMatch(/\n +at /);
  });

  test('--help says how it is called', async () => {
    const { code, output } = await doctor(['--help']);
    expect(code).toBe(0);
    for (const option of [
      '--origin',
      '--base-path',
      '--sign-up',
      '--mail-from',
      '--mail-region',
      '--smtp',
      '--json',
      'DOCTOR_PASSWORD',
      'Exit code',
    ]) {
      expect(output).toContain(option);
    }
  });
});

describe('at a running service', () => {
  const started = startedForTests();
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const at = (...options: string[]) => [started.service.address, '--origin', WEBSITE, ...options];

  test('it is 0 without a problem, and the report ends with a count', async () => {
    const { code, output } = await doctor(at('--sign-up'));
    expect(output).toMatch(/\nNo problem, 0 warnings, \d+ ok, 6 skipped\.\n$/);
    expect(code).toBe(0);
  });

  test('it is 0 with warnings only, and 1 with a problem, which says how to fix it', async () => {
    started.service.fault = { answer: (answer) => withoutHeader(answer, 'access-control-max-age') };
    const warned = await doctor(at());
    expect(warned.output).toMatch(
      /\n {2}warning preflight-caching: .*\n +-> Set maxAge in [\s\S]*No problem, 1 warning,/,
    );
    expect(warned.code).toBe(0);
    started.service.fault = { answer: (answer) => withoutHeader(answer, 'access-control-allow-credentials') };
    const failed = await doctor(at());
    expect(failed.output).toMatch(
      /\n {2}problem preflight-credentials: .*\n +-> .*\(docs\/troubleshooting\.md\)[\s\S]*\n2 problems,/,
    );
    expect(failed.code).toBe(1);
  });

  test('as its own process it prints the same, without colour outside a terminal, and ends with that code', async () => {
    started.service.fault = { answer: (answer) => withoutHeader(answer, 'access-control-expose-headers') };
    const run = promisify(execFile)(process.execPath, ['lib/tools/doctor/main.ts', ...at()]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringMatching(/\n {2}problem exposed-headers: [\s\S]*\n1 problem, /),
    });
  });

  test('levels are coloured in a terminal, and not with NO_COLOR', async () => {
    const green = '\u001b[32mok';
    expect((await doctor(at(), {}, true)).output).toContain(green);
    expect((await doctor(at(), { NO_COLOR: '' }, true)).output).toContain(green);
    expect((await doctor(at(), { NO_COLOR: '1' }, true)).output).not.toContain('\u001b');
    expect((await doctor(at())).output).not.toContain('\u001b');
  });

  test('without a session it says why it does not look, and how it would', async () => {
    expect((await doctor(at())).output).toMatch(
      / {2}skipped log-in, cookies, header-mode: Needs a session: give --email .* or --sign-up\.\n/,
    );
  });

  test('--json is the findings as data, and the exit code the same', async () => {
    started.service.fault = { answer: (answer) => withoutHeader(answer, 'access-control-expose-headers') };
    const { code, output } = await doctor(at('--json', '--sign-up'));
    const report = JSON.parse(output) as { counts: { problem: number }; findings: object[] };
    expect(report).toMatchObject({
      api: started.service.address,
      website: WEBSITE,
      isReachable: true,
      counts: { problem: 1 },
    });
    expect(report.findings).toContainEqual({
      id: 'exposed-headers',
      level: 'problem',
      observed: expect.stringContaining('does not expose front-token'),
      fix: expect.stringContaining('exposedResponseHeaders'),
      see: 'docs/troubleshooting.md',
    });
    expect(code).toBe(1);
  });

  test('mail is checked with the sender and the region of the options, or of the variables', async () => {
    const asked: string[] = [];
    const ses = await answering(({ url = '', headers }, response) => {
      asked.push(`${url} ${/\/([^/]+)\/ses\/aws4_request/.exec(headers.authorization ?? '')?.[1]}`);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    });
    const credentials = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };
    jest.replaceProperty(process, 'env', { ...process.env, ...credentials });
    const endpoint = { AWS_ENDPOINT_URL_SESV2: ses };
    await doctor(at('--mail-from', 'me@example.org', '--mail-region', 'eu-west-1'), endpoint);
    await doctor(at(), {
      ...endpoint,
      MAIL_FROM: 'app@example.com',
      MAIL_REGION: 'eu-west-2',
      AWS_REGION: 'us-east-1',
    });
    const { output } = await doctor(at());
    expect(asked).toContain('/v2/email/identities/me%40example.org eu-west-1');
    expect(asked).toContain('/v2/email/identities/app%40example.com eu-west-2');
    expect(output).toMatch(/ {2}skipped mail-account, mail-sender, mail-bounces: Needs the sender: give --mail-from, /);
  });

  test('the password comes from the environment too, and is said nowhere', async () => {
    const sent: string[] = [];
    started.service.fault = { request: ({ path, body }) => void (path === '/auth/signin' && sent.push(body)) };
    const { code, output } = await doctor(at('--email', 'me@example.com'), { DOCTOR_PASSWORD: PASSWORD });
    expect(code).toBe(0);
    // The first request checks the route without a user.
    const withForm = sent.filter((body) => !body.includes('"formFields":[]'));
    expect(withForm.map((body) => JSON.parse(body) as object)).toEqual(Array(2).fill(credentials('me@example.com')));
    expect(output).not.toMatch(PASSWORD);
  });

  test('a new user has a name of his own', async () => {
    const sent: string[] = [];
    started.service.fault = { request: ({ path, body }) => void (path === '/auth/signup' && sent.push(body)) };
    await doctor(at('--sign-up'));
    expect(sent.map((body) => JSON.parse(body) as object)).toEqual([
      {
        formFields: [
          { id: 'email', value: expect.stringMatching(/^doctor-[0-9a-f-]{36}@example\.com$/) },
          // SuperTokens' default rule: 8 characters, of which one is a letter and one is a digit.
          { id: 'password', value: expect.stringMatching(/^(?=.*[a-z])(?=.*\d).{8,}$/) },
        ],
      },
    ]);
  });

  test('no password is sent over http to another machine', async () => {
    const there = 'http://api.example.com';
    const real = globalThis.fetch;
    const asked: string[] = [];
    jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      asked.push(String(input));
      return real(String(input).replace(there, started.service.address), init);
    });
    const { output } = await doctor([there, '--origin', WEBSITE, '--sign-up']);
    expect(output).toMatch(/ {2}skipped log-in, .*: .* a password does not belong into http\.\n/);
    expect(asked).toContain(`${there}/health`);
    expect(asked).not.toContain(`${there}/auth/signup`);
  });
});

function withoutHeader(answer: Response, name: string): Response {
  answer.headers.delete(name);
  return answer;
}
