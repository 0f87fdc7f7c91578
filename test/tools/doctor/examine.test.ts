import { SUBJECTS } from '../../../lib/tools/doctor/finding.ts';
import { type Fault, jsonAnswer, LOGIN, withCookies, withHeaders, withJson } from './breakable-service.ts';
import { faultsIn, findingsAt, startedForTests } from './diagnose.ts';
import { clock, FAULTS } from './faults.ts';

const started = startedForTests();

test('a good service has no fault, and everything is looked at but what it does not have', async () => {
  const findings = await findingsAt(started.service);
  expect(faultsIn(findings)).toEqual([]);
  const skipped = findings.filter(({ level }) => level === 'skipped').map(({ id }) => id);
  expect(skipped).toEqual([
    'mail-account',
    'mail-sender',
    'mail-bounces',
    'mail-smtp',
    'token-audience',
    'jwt-authorizer',
  ]);
  expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
});

test('without a log-in the rest is looked at, and what needs a session says why it is not', async () => {
  const findings = await findingsAt(started.service, { login: { absent: 'Nobody to log in.' } });
  expect(faultsIn(findings)).toEqual([]);
  expect(findings.filter(({ observed }) => observed === 'Nobody to log in.').map(({ id }) => id)).toContain(
    'refresh-retry',
  );
  expect(findings.find(({ id }) => id === 'clock')?.level).toBe('ok');
});

test('it signs out what it has started, also when something went wrong on the way', async () => {
  const signedOut: string[] = [];
  started.service.fault = {
    request: ({ path, headers }) =>
      void (path.endsWith('/signout') && signedOut.push(`${headers.get('st-auth-mode')}`)),
    instead: ({ path }) => (path.endsWith('/refresh') ? jsonAnswer(500, {}) : undefined),
  };
  await findingsAt(started.service);
  expect(signedOut).toContain('cookie');
});

test('no token and no password is in what it says', async () => {
  const secrets: string[] = [LOGIN.password];
  started.service.fault = {
    answer(answer) {
      for (const name of ['st-access-token', 'st-refresh-token', 'front-token'])
        secrets.push(answer.headers.get(name) ?? '');
      for (const cookie of answer.headers.getSetCookie()) secrets.push(/=([^;]*)/.exec(cookie)?.[1] ?? '');
      return withCookies(answer, (cookie) => cookie.replace('HttpOnly;', ''));
    },
  };
  const text = JSON.stringify(await findingsAt(started.service));
  const long = secrets.filter((secret) => secret.length > 10);
  expect(long.length).toBeGreaterThan(6);
  for (const secret of long) expect(text).not.toContain(secret);
});

test.each(FAULTS)('it finds that %s', async (_what, fault, expected, says) => {
  started.service.fault = fault;
  const findings = await findingsAt(started.service);
  expect(faultsIn(findings)).toEqual(expected);
  expect(findings.map(({ observed, fix = '' }) => `${observed} ${fix}`)).toContainEqual(expect.stringMatching(says));
});

describe('without a log-in', () => {
  const login = { absent: 'Nobody to log in.' };
  const ofCookies = FAULTS.filter(([, , expected]) => expected.some((fault) => / cookie-/.test(fault)));

  test('the cookies are looked at as the refresh takes them away', async () => {
    const findings = await findingsAt(started.service, { login });
    const observed = findings.filter(({ id }) => id.startsWith('cookie-')).map(({ level, id }) => `${level} ${id}`);
    expect(observed).toEqual(SUBJECTS.cookies.map((id) => `ok ${id}`));
  });

  test.each(ofCookies)('it finds that %s', async (_what, fault, expected, says) => {
    started.service.fault = fault;
    const findings = await findingsAt(started.service, { login });
    expect(faultsIn(findings)).toEqual(expected);
    expect(findings.map(({ observed, fix = '' }) => `${observed} ${fix}`)).toContainEqual(expect.stringMatching(says));
  });

  test('cookies that are not named are no fault', async () => {
    started.service.fault = { answer: (answer) => withHeaders(answer, { 'set-cookie': undefined }) };
    const findings = await findingsAt(started.service, { login });
    expect(faultsIn(findings)).toEqual([]);
    expect(findings.find(({ id }) => id === 'cookie-path')).toMatchObject({ level: 'skipped', observed: login.absent });
  });
});

describe('the clocks', () => {
  const HOUR = 3_600_000;

  test("this machine's that is wrong is a warning", async () => {
    clock.offset = HOUR;
    const findings = await findingsAt(started.service);
    expect(faultsIn(findings)).toEqual(['warning clock']);
    expect(findings.find(({ id }) => id === 'clock')?.observed).toMatch(/^This machine's clock is 3[56]\d\d s ahead/);
  });

  test("the core's that is wrong is a problem", async () => {
    started.service.fault = {
      answer: (answer) => withHeaders(answer, { date: new Date(Date.now() + HOUR).toUTCString() }),
    };
    clock.offset = HOUR;
    const findings = await findingsAt(started.service);
    expect(faultsIn(findings)).toEqual(['problem clock']);
    expect(findings.find(({ id }) => id === 'clock')?.observed).toMatch(/3[56]\d\d s behind/);
  });
});

describe('a retry of a refresh that brings another successor', () => {
  const branching = (core: string): Fault => {
    let refreshes = 0;
    return {
      answer(answer, { path }) {
        if (path === '/health') return withJson(answer, (health) => ({ ...health, core }));
        if (!path.endsWith('/refresh')) return answer;
        refreshes++;
        return withCookies(answer, (cookie) => cookie.replace(/^(sRefreshToken=)/, `$1${refreshes}`));
      },
    };
  };

  test('is a problem of the built-in core', async () => {
    started.service.fault = branching('built-in');
    const findings = await findingsAt(started.service);
    expect(faultsIn(findings)).toEqual(['problem refresh-retry']);
    expect(findings.find(({ id }) => id === 'refresh-retry')?.fix).toMatch('SUPERTOKENS_GRACE_REUSE=same');
  });

  test("is a SuperTokens core's way", async () => {
    started.service.fault = branching('remote');
    expect(faultsIn(await findingsAt(started.service))).toEqual([]);
  });
});

describe('the two addresses', () => {
  test.each([
    [
      '127.0.0.1 with localhost',
      'http://127.0.0.1:3000',
      ['problem loopback-names'],
      [],
      /website at http:\/\/localhost:3000/,
    ],
    [
      'https before http',
      'https://localhost:3000',
      ['problem scheme', 'warning same-site'],
      ['problem cookie-same-site'],
      /same scheme/,
    ],
    ['another port', 'http://localhost:5173', [], [], /./],
  ])('%s', async (_what, origin, ofAddresses, ofCookies, says) => {
    const findings = await findingsAt(started.service, { origin, login: { absent: 'Not needed.' } });
    const ofCors = ['problem preflight-origin', 'problem answer-origin'];
    expect(faultsIn(findings)).toEqual([...ofAddresses, ...ofCors, ...ofCookies]);
    const fixes = findings.map(({ fix = '' }) => fix);
    expect(fixes).toContainEqual(expect.stringMatching(says));
    expect(fixes.join()).not.toMatch('WEBSITE_DOMAIN=http://127.0.0.1');
  });
});

describe('a question without an answer', () => {
  test.each([
    ['/health', ['problem core']],
    ['/openid-configuration', ['problem discovery']],
    [
      '/sessioninfo',
      [
        'problem protected-route',
        'problem answer-origin',
        'problem foreign-origin',
        'problem access-by-cookie',
        'problem access-by-header',
      ],
    ],
    ['/refresh', ['problem refresh', 'problem sign-out']],
  ])('to %s is said, and the rest is looked at', async (path, expected) => {
    const isSilent = (asked: string, method?: string) => asked.endsWith(path) && method !== 'OPTIONS';
    started.service.fault = { instead: (asked) => (isSilent(asked.path, asked.method) ? 'silence' : undefined) };
    // Only what is silent may take too long, however busy the machine is.
    const patient: typeof fetch = (input, init) =>
      fetch(input, { ...init, ...(isSilent(new URL(String(input)).pathname, init?.method) ? {} : { signal: null }) });
    const findings = await findingsAt(started.service, { timeout: 300, fetch: patient });
    expect(faultsIn(findings)).toEqual(expected);
    expect(findings.find(({ level }) => level === 'problem')?.observed).toMatch(/: no answer within 0\.3 s\.$/);
  });
});

test('what another server says is printed on one line, short, and without control characters', async () => {
  const message = `red \u001b[31m and\nlong ${'x'.repeat(1000)}`;
  started.service.fault = {
    instead: ({ path }) => (path.endsWith('/jwks.json') ? jsonAnswer(500, { message }) : undefined),
  };
  const observed = (await findingsAt(started.service)).find(({ id }) => id === 'jwks')?.observed ?? '';
  expect(observed).toMatch(/500 "red \[31m and long x+…"/);
  expect(observed).not.toMatch(/\p{C}/u);
  expect(observed.length).toBeLessThan(250);
});
