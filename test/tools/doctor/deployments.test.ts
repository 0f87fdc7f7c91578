import { SUBJECTS } from '../../../lib/tools/doctor/finding.ts';
import { startTestDatabase, type TestDatabase } from '../../fixtures/core.ts';
import { type BreakableService, type Deploying, startBreakableService } from './breakable-service.ts';
import { faultsIn, findingsAt } from './diagnose.ts';

const API = 'https://api.example.com';
const OWN = 'https://id.execute-api.us-east-1.amazonaws.com';
const WEBSITE = 'https://app.example.com';

interface Case {
  readonly what: string;
  readonly deployed?: Deploying;
  /** What is examined, if not the API at its own address for the one website. */
  readonly url?: string;
  readonly website?: string;
  readonly audience?: string;
  readonly basePath?: string;
  /** `level id` of each fault. */
  readonly expected: readonly string[];
  /** What one of the findings says. */
  readonly says?: RegExp;
}

const V1 = { kind: 'http-api-v2', stage: 'dev', mapping: 'v1' } as const;
const DEV = { kind: 'http-api-v2', stage: 'dev', origin: OWN } as const;
const withVariables = (environment: Readonly<Record<string, string>>): Deploying => ({ environment });

const OTHER_BASE_PATH = withVariables({ API_BASE_PATH: '/identity' });

/** With cookies, the API refuses what a page of an unknown website sends. */
const REFUSED = ['problem refresh', 'problem sign-out'];

const GOOD: readonly Case[] = [
  { what: 'a custom domain of the same site as the website', expected: [] },
  {
    what: 'cookies shared among subdomains, and anti-CSRF tokens',
    deployed: withVariables({ COOKIE_DOMAIN: '.example.com', ANTI_CSRF: 'VIA_TOKEN' }),
    expected: [],
  },
  {
    what: 'a stage in the path',
    deployed: { ...DEV, environment: { API_GATEWAY_PATH: '/dev', WEBSITE_DOMAIN: `https://app.${new URL(OWN).host}` } },
    url: `${OWN}/dev/`,
    website: `https://app.${new URL(OWN).host}`,
    expected: [],
  },
  {
    what: 'a mapping of a custom domain',
    deployed: { ...V1, environment: { API_GATEWAY_PATH: '/v1' } },
    url: `${API}/v1`,
    expected: [],
  },
  {
    what: 'one of several websites',
    deployed: withVariables({ WEBSITE_DOMAIN: `${WEBSITE},https://admin.example.com` }),
    website: 'https://admin.example.com',
    expected: [],
  },
  {
    what: 'a website that a wildcard stands for',
    deployed: withVariables({ WEBSITE_DOMAIN: `${WEBSITE},https://*.pr.example.com` }),
    website: 'https://17.pr.example.com',
    expected: [],
  },
  {
    what: "a website of another site, and one of the API's",
    deployed: withVariables({ WEBSITE_DOMAIN: `${WEBSITE},https://example.org` }),
    website: WEBSITE,
    expected: [],
  },
  { what: 'another API base path', deployed: OTHER_BASE_PATH, basePath: '/identity/', expected: [] },
  { what: 'an audience', deployed: withVariables({ JWT_AUDIENCE: API }), audience: API, expected: [] },
];

const BAD: readonly Case[] = [
  {
    what: 'an API base path without --base-path',
    deployed: OTHER_BASE_PATH,
    expected: ['problem discovery', 'problem jwks', 'problem log-in'],
    says: /give --base-path the value of API_BASE_PATH/,
  },
  {
    what: 'an API of another site than the website',
    deployed: withVariables({ WEBSITE_DOMAIN: 'https://example.org' }),
    website: 'https://example.org',
    expected: ['warning same-site'],
    says: /two sites.*Safari/,
  },
  {
    what: 'one of two websites, on another site than the API',
    deployed: withVariables({ WEBSITE_DOMAIN: `${WEBSITE},https://example.org` }),
    website: 'https://example.org',
    expected: ['warning same-site'],
    says: /two sites.*Safari/,
  },
  {
    what: 'a website with two labels where a wildcard stands for one',
    deployed: withVariables({ WEBSITE_DOMAIN: `${WEBSITE},https://*.example.com` }),
    website: 'https://a.pr.example.com',
    expected: ['problem preflight-origin', 'problem answer-origin', ...REFUSED],
    says: /Separate several websites by commas/,
  },
  {
    what: 'a website that WEBSITE_DOMAIN lacks',
    website: 'https://www.example.com',
    expected: ['problem preflight-origin', 'problem answer-origin', ...REFUSED],
    says: /Set WEBSITE_DOMAIN=https:\/\/www\.example\.com, with exactly this scheme/,
  },
  {
    what: 'a website of another site, of which the API does not know',
    website: 'https://example.org',
    expected: [
      'warning same-site',
      'problem preflight-origin',
      'problem answer-origin',
      'problem cookie-same-site',
      ...REFUSED,
    ],
    says: /API_DOMAIN=https:\/\/api\.example\.com and WEBSITE_DOMAIN=https:\/\/example\.org/,
  },
  {
    what: "a developer's website before a deployed API",
    website: 'http://localhost:3000',
    expected: [
      'warning same-site',
      'problem preflight-origin',
      'problem answer-origin',
      'problem cookie-same-site',
      ...REFUSED,
    ],
    says: /npm run dev/,
  },
  {
    what: 'another address than API_DOMAIN',
    url: 'https://www.example.com',
    expected: ['problem issuer'],
    says: /issuer is https:\/\/api\.example\.com\/auth.*reach it at https:\/\/www\.example\.com\/auth/,
  },
  {
    what: 'http, away from this machine',
    url: 'http://api.example.com',
    website: 'http://app.example.com',
    expected: [
      'problem scheme',
      'problem issuer',
      'problem preflight-origin',
      'problem answer-origin',
      'problem cookie-secure',
      ...REFUSED,
    ],
    says: /API_DOMAIN=https:\/\/api\.example\.com/,
  },
  {
    what: 'http in API_DOMAIN',
    deployed: withVariables({ API_DOMAIN: 'http://api.example.com' }),
    // The SDK refuses to make a session.
    expected: ['problem issuer', 'problem log-in', 'warning cookie-same-site', 'problem cookie-secure'],
    says: /POST \/auth\/signin answers 500.*log of the function user/,
  },
  {
    what: 'a stage or mapping without API_GATEWAY_PATH',
    deployed: V1,
    url: `${API}/v1`,
    expected: ['problem issuer', 'problem cookie-path'],
    says: /API_GATEWAY_PATH=\/v1/,
  },
  {
    what: 'the COOKIE_DOMAIN of another service',
    deployed: withVariables({ COOKIE_DOMAIN: '.example.org' }),
    expected: ['problem cookie-domain'],
    says: /neither api\.example\.com nor a domain above it/,
  },
  {
    what: 'a public suffix as COOKIE_DOMAIN',
    deployed: withVariables({ COOKIE_DOMAIN: '.com' }),
    expected: ['problem cookie-domain'],
    says: /public suffix.*COOKIE_DOMAIN to example\.com/,
  },
  {
    what: 'no grace period',
    deployed: withVariables({ REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '0' }),
    expected: ['problem refresh-retry'],
    says: /Set REFRESH_TOKEN_ROTATION_GRACE_PERIOD to more than 0/,
  },
  { what: 'no audience', audience: API, expected: ['problem token-audience'], says: /Set JWT_AUDIENCE=https:\/\/api/ },
  {
    what: 'another audience',
    deployed: withVariables({ JWT_AUDIENCE: API }),
    audience: 'another',
    expected: ['problem token-audience'],
    says: /has aud https:\/\/api\.example\.com, and not another/,
  },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  for (const service of started.values()) await service.stop();
  await database?.stop();
});

/** Each deployment is started once. */
const started = new Map<string, BreakableService>();

async function deploy({ environment, ...deploying }: Deploying): Promise<BreakableService> {
  const whole = { origin: API, ...deploying, environment: { WEBSITE_DOMAIN: WEBSITE, ...environment } };
  const key = JSON.stringify(whole);
  const service = started.get(key) ?? (await startBreakableService(database, whole));
  started.set(key, service);
  return service;
}

test.each([...GOOD, ...BAD])(
  '$what',
  async ({ deployed = {}, url, website = WEBSITE, audience, basePath, expected, says = /./ }) => {
    const service = await deploy(deployed);
    const findings = await findingsAt(service, {
      origin: website,
      ...(url !== undefined && { url }),
      ...(audience !== undefined && { audience }),
      ...(basePath !== undefined && { basePath }),
    });
    expect(faultsIn(findings)).toEqual(expected);
    expect(findings.map(({ observed, fix = '' }) => `${observed} ${fix}`)).toContainEqual(expect.stringMatching(says));
  },
);

const OF_COOKIES: readonly string[] = SUBJECTS.cookies;

test.each([...GOOD, ...BAD].filter(({ expected }) => !/ (discovery|log-in)(,|$)/.test(expected.join())))(
  '$what: of the cookies it says the same without a log-in',
  async ({ deployed = {}, url, website = WEBSITE, basePath }) => {
    const service = await deploy(deployed);
    const given = { origin: website, ...(url !== undefined && { url }), ...(basePath !== undefined && { basePath }) };
    const cookiesIn = async (asking: Parameters<typeof findingsAt>[1]) =>
      (await findingsAt(service, { ...given, ...asking })).filter(({ id }) => OF_COOKIES.includes(id));
    expect(await cookiesIn({ login: { absent: 'Nobody to log in.' } })).toEqual(await cookiesIn({}));
  },
);
