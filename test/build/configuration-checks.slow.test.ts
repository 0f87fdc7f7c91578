import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { packageWithoutCode } from '../fixtures/packaged-template.ts';
import { type PackagingOptions, runPackaging } from '../fixtures/packaging.ts';

const TIMEOUT = 300_000;
const CONFIGURATION = readFileSync('serverless.yml', 'utf8');
// Not in handlers, which other suites list.
const HANDLERS = '.build/configuration-checks';
const WEBSITE = { WEBSITE_DOMAIN: 'https://app.example.com' };

beforeAll(() => mkdirSync(HANDLERS, { recursive: true }));
afterAll(() => rmSync(HANDLERS, { recursive: true, force: true }));

/** Returns serverless.yml with more functions, each a line of YAML. */
const withFunctions = (...lines: readonly string[]): string =>
  CONFIGURATION.replace(/^ {2}- # Your functions.*\n/m, (start) => `${start}    ${lines.join('\n    ')}\n`);

/** Returns serverless.yml with more stages, each a line of YAML. */
const withStages = (...lines: readonly string[]): string =>
  CONFIGURATION.replace(/^params:\n/m, (start) => `${start}  ${lines.join('\n  ')}\n`);

/** Expects that packaging is refused before anything is built. @returns the faults that it names */
async function faultsOf(options: PackagingOptions): Promise<string[]> {
  const { exitCode, output, packaged, isBuilt } = await runPackaging(options);
  expect([exitCode, packaged, isBuilt]).toEqual([1, [], false]);
  const [, count, list = ''] = /The configuration has (\d+) faults?:\n((?:- .*\n?)+)/.exec(output) ?? [];
  const faults = [...list.matchAll(/^- (.*)$/gm)].map(([, fault = '']) => fault);
  expect(faults).toHaveLength(Number(count));
  return faults;
}

test(
  'packaging names every fault of the environment at once',
  async () => {
    const environment = {
      AWS_REGION: 'eu-centrall-1',
      WEBSITE_DOMAIN: 'app.example.com',
      ACCESS_TOKEN_VALIDITY: '1h',
      CORE_FUNCTION: 'on',
      API_BASE_PATH: '/auth/',
      API_GATEWAY_PATH: '/v1/',
      COOKIE_DOMAIN: 'http://x',
      OLDER_COOKIE_DOMAIN: 'a b',
      OIDC_PROVIDERS: 'accounts.example.com',
      THIRD_PARTY_SECRETS: '{"google":"client secret"}',
    };
    expect(await faultsOf({ stage: 'prod', environment })).toEqual([
      'The region eu-centrall-1 is not an AWS region, such as eu-central-1',
      expect.stringMatching(/^WEBSITE_DOMAIN must be /),
      'ACCESS_TOKEN_VALIDITY must be a whole number from 1 to 86400000',
      'COOKIE_DOMAIN must be a domain such as .example.com, without a scheme',
      'OLDER_COOKIE_DOMAIN must be a domain such as .example.com, without a scheme',
      'API_KEYS must be set with CORE_FUNCTION=on, because the core function does not start without a key',
      expect.stringMatching(/^OIDC_PROVIDERS must be .* \(function loginOidc\)$/),
      expect.stringMatching(/^THIRD_PARTY_SECRETS must be absent.* \(function user\)$/),
      "API_BASE_PATH must not end with a slash: it is part of the routes and of the tokens' issuer",
      "API_GATEWAY_PATH must not end with a slash: it is part of the routes and of the tokens' issuer",
    ]);
  },
  TIMEOUT,
);

test(
  'packaging names every fault of the functions at once',
  async () => {
    writeFileSync(`${HANDLERS}/hello.ts`, 'export const greet = async () => ({});\nexport default greet;\n');
    const configuration = withFunctions(
      `noRole: { handler: ${HANDLERS}/hello.greet }`,
      `unknownRole: { handler: ${HANDLERS}/hello.greet, role: VerfyRole }`,
      `noExport: { handler: ${HANDLERS}/hello.handler, role: VerifyRole }`,
      `noFile: { handler: ${HANDLERS}/hullo.greet, role: VerifyRole }`,
      `ownFault: { handler: ${HANDLERS}/hello.greet, role: VerifyRole, environment: { ANTI_CSRF: MAYBE } }`,
      `tooMuch: { handler: ${HANDLERS}/hello.greet, role: VerifyRole, environment: { TEXT: ${'x'.repeat(4000)} } }`,
    );
    expect(await faultsOf({ configuration })).toEqual([
      'ANTI_CSRF must be one of VIA_TOKEN, VIA_CUSTOM_HEADER, NONE (function ownFault)',
      expect.stringMatching(/^The environment of the function tooMuch has \d{4} bytes, and Lambda allows 4096$/),
      'The function noRole has no role. Give it one in serverless.yml, such as role: VerifyRole',
      'The function unknownRole has the role VerfyRole, but resources has no AWS::IAM::Role of that name',
      `The function noFile has the handler ${HANDLERS}/hullo.greet, but there is no such file`,
      `The function noExport has the handler ${HANDLERS}/hello.handler, but ${HANDLERS}/hello.ts does not export handler. ` +
        'It exports default, greet',
    ]);
  },
  TIMEOUT,
);

test(
  'packaging rejects a stage whose function names are too long, and says by how much',
  async () => {
    const stage = 'preview-feature-12345-add-two-factor-login';
    const faults = await faultsOf({ stage, environment: WEBSITE, options: ['--param', 'extends=dev'] });
    expect(faults).toEqual([
      expect.stringMatching(
        /^\d+ function names are longer than the 64 characters that AWS allows\. The longest is \S+-signoutEverywhere\. Shorten the stage or the service by \d+$/,
      ),
    ]);
  },
  TIMEOUT,
);

test(
  'packaging refuses an unknown stage, and says how it takes parameters',
  async () => {
    // Other names: test/build/stage-parameters.test.ts.
    expect(await faultsOf({ stage: 'production', environment: WEBSITE })).toEqual([
      expect.stringMatching(/^The stage production is .*Did you mean prod\?.*--param extends=dev/),
    ]);
  },
  TIMEOUT,
);

test(
  'packaging rejects a stage other than dev without a website, and parameters of no use',
  async () => {
    const configuration = withStages('staging: { demoPage: sometimes, alarms: "on", throttlingRate: 0 }');
    const environment = { CORE_FUNCTION: 'yes' };
    expect(await faultsOf({ stage: 'staging', options: ['--region', 'mars-1'], configuration, environment })).toEqual([
      'The region mars-1 is not an AWS region, such as eu-central-1',
      expect.stringMatching(/^WEBSITE_DOMAIN is missing, so pages of localhost could call the stage staging\./),
      'CORE_FUNCTION must be one of on, off',
      `The parameter demoPage must be 'on' or 'off', not "sometimes"`,
      'The parameter throttlingRate must be a number above 0, not 0',
      "The parameter metrics must be 'on' with alarms: the alarm for token theft needs the metrics",
    ]);
  },
  TIMEOUT,
);

test(
  'packaging rejects wildcards right below a domain that anyone can get a page at',
  async () => {
    const environment = {
      WEBSITE_DOMAIN: 'https://*.vercel.app,https://*.co.uk:8443,https://*.app.example.com,http://*.localhost',
    };
    expect(await faultsOf({ stage: 'prod', environment })).toEqual([
      expect.stringMatching(
        /^WEBSITE_DOMAIN must not have https:\/\/\*\.vercel\.app: anyone can get a page below vercel\.app/,
      ),
      expect.stringMatching(/^WEBSITE_DOMAIN must not have https:\/\/\*\.co\.uk:8443/),
    ]);
  },
  TIMEOUT,
);

test(
  'a stage takes the parameters of the one that it extends, and its own come first',
  async () => {
    const file = `serverless.extending-${process.pid}.yml`;
    writeFileSync(file, withStages('staging: { extends: prod, logRetentionInDays: 30 }'));
    try {
      const { resources } = await packageWithoutCode('staging', WEBSITE, file);
      expect(resources.SessionsTable).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: { DeletionProtectionEnabled: true, TableName: expect.stringMatching(/-staging-sessions$/) },
      });
      expect(resources.HttpApiStage?.Properties.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 1000 });
      expect(resources.AuthLogGroup?.Properties.RetentionInDays).toBe(30);
      expect(resources.PageLambdaFunction).toBeUndefined();
    } finally {
      rmSync(file);
    }
  },
  TIMEOUT,
);

test(
  'a faulty configuration does not keep other commands from running',
  async () => {
    const { exitCode, output } = await runPackaging({ command: 'print', environment: { WEBSITE_DOMAIN: 'x' } });
    expect([exitCode, output]).toEqual([0, expect.stringContaining('WEBSITE_DOMAIN: x')]);
  },
  TIMEOUT,
);

test(
  'serverless deploy function is rejected before it changes anything, and says what to use instead',
  async () => {
    const { exitCode, output } = await runPackaging({ command: 'deploy function', options: ['--function', 'auth'] });
    expect([exitCode, output]).toEqual([1, expect.stringContaining('Use npm run deploy with the same --stage.')]);
  },
  TIMEOUT,
);
