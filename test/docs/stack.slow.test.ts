import { readFile, rm, writeFile } from 'node:fs/promises';
import { commandsOf, DOCUMENTS, type Snippet, snippetsOf } from '../fixtures/markdown.ts';
import { packageWithoutCode, type StackTemplate } from '../fixtures/packaged-template.ts';

const CONFIG = `serverless.docs-${process.pid}.yml`;
const SNIPPETS = DOCUMENTS.flatMap(snippetsOf).filter(({ language }) => language === 'yaml');
/** `npm run deploy` and `npm run package` as they stand in the documents, each once. */
const COMMANDS = new Set(
  DOCUMENTS.flatMap(snippetsOf)
    .filter(({ language }) => language === 'sh')
    .flatMap(commandsOf)
    .filter((command) => /(^| )npm run (deploy|package)( |$)/.test(command)),
);

const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));

const OWN_FUNCTIONS = /^ {2}- # Your functions.*\n/m;
/** What a clone has there without functions of its own. */
const NO_FUNCTIONS = /^( {2}- # Your functions.*\n(?: +#.*\n)*) +\{\}.*\n/m;
const AUTHORIZERS = /^ {4}authorizers:\n/m;

/** Returns serverless.yml with one snippet in it, where its document says that it belongs. */
function withSnippet(configuration: string, { text }: Snippet, number: number): string {
  const authorizers = /^provider:\n {2}httpApi:\n {4}authorizers:\n(.*)/ms.exec(text)?.[1];
  if (authorizers !== undefined) return configuration.replace(AUTHORIZERS, (line) => line + authorizers);
  if (text.startsWith('provider:\n')) return configuration.replace(/^provider:\n/m, () => text);
  if (text.startsWith('params:\n')) return configuration.replace(/^params:\n/m, text);
  if (/^\w+:\n {2}\w/.test(text)) {
    const entry = text.replace('handlers/my-route.', 'handlers/session-info.');
    return configuration.replace(OWN_FUNCTIONS, (line) => line + indented(entry, 4));
  }
  const events = text.startsWith('events:') ? text : `events:\n${indented(text, 2)}`;
  const added = `docs${number}:\n  handler: handlers/session-info.handler\n  role: VerifyRole\n${indented(events, 2)}`;
  // The examples stand in serverless.yml already; the same route cannot be there twice.
  const entry = indented(added.replaceAll(/authorized\b/g, `docs-${number}`), 4);
  return configuration.replace(OWN_FUNCTIONS, (line) => line + entry);
}

let template: StackTemplate;

beforeAll(async () => {
  const own = (await readFile('serverless.yml', 'utf8')).replace(NO_FUNCTIONS, '$1');
  const configuration = SNIPPETS.reduce(withSnippet, own);
  await writeFile(CONFIG, configuration);
  try {
    // As docs/protecting-routes.md says for the JWT authorizer.
    const environment = { JWT_AUDIENCE: 'https://api.example.com', API_DOMAIN: 'https://api.example.com' };
    template = await packageWithoutCode('dev', environment, CONFIG);
  } finally {
    await rm(CONFIG);
  }
});

const routeKeys = (): string[] =>
  template.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);

test('every snippet of YAML goes into serverless.yml as it stands', () => {
  expect(SNIPPETS.length).toBeGreaterThan(5);
  expect(routeKeys()).toEqual(expect.arrayContaining(['GET /my-route', '$connect']));
  expect(routeKeys().filter((key) => /docs-\d/.test(key)).length).toBeGreaterThan(1);
});

test('a function of the engine takes the changes that serverless.yml makes, and null leaves one out', () => {
  const { Properties } = template.resources.SessionsLambdaFunction ?? {};
  expect(Properties).toMatchObject({ Handler: 'handlers/sessions.handler', MemorySize: 1024, Timeout: 5 });
  expect(Properties?.Environment.Variables).toMatchObject({
    PAGE_HINT: 'internal',
    SESSIONS_TABLE: expect.stringMatching(/-sessions$/),
  });
  expect(template.resources.LoginOidcLambdaFunction).toBeUndefined();
  expect(template.resources.UserLambdaFunction?.Properties.Environment.Variables).toMatchObject({
    SMTP_PASSWORD: '{{resolve:secretsmanager:smtp-password}}',
    CORE_USERS_TABLE: expect.any(String),
  });
});

test('every role has the permissions boundary, and functions in a VPC have their permissions', () => {
  const roles = template.ofType('AWS::IAM::Role');
  const functions = template.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties);
  // CoreRole is there without its function, which CORE_FUNCTION=on deploys.
  const rolesOfFunctions = new Set(functions.map(({ Role }) => Role['Fn::GetAtt'][0] as string));
  // Without the example, and with loginOidc left out: VerifyRole, SessionRole, UserRole, KeyRole.
  expect(rolesOfFunctions.size).toBeGreaterThanOrEqual(4);
  for (const [name, { Properties }] of roles) {
    expect(JSON.stringify(Properties.PermissionsBoundary)).toContain(':policy/boundary');
    const policies = JSON.stringify(Properties.ManagedPolicyArns) ?? '';
    expect([name, policies.includes('AWSLambdaVPCAccessExecutionRole')]).toEqual([name, rolesOfFunctions.has(name)]);
  }
  for (const { VpcConfig } of functions) {
    expect(VpcConfig).toMatchObject({ SubnetIds: ['subnet-0123', 'subnet-4567'] });
  }
});

test('the deployment bucket has the settings of the document', () => {
  const [bucket] = template.ofType('AWS::S3::Bucket').map(([, { Properties }]) => Properties);
  expect(bucket).toMatchObject({
    PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true },
    VersioningConfiguration: { Status: 'Enabled' },
  });
});

test("the REST API's authorizer caches nothing, and the one for headers a minute of one header", () => {
  const [rest] = template.ofType('AWS::ApiGateway::Authorizer').map(([, { Properties }]) => Properties);
  expect(rest).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
  const cached = template
    .ofType('AWS::ApiGatewayV2::Authorizer')
    .find(([, { Properties }]) => Properties.Name === 'sessionInHeader');
  expect(cached?.[1].Properties).toMatchObject({
    IdentitySource: ['$request.header.Authorization'],
    AuthorizerResultTtlInSeconds: 60,
  });
});

/** Deploying itself takes an AWS account: what would be deployed is packaged. */
const COMMAND = /^((?:\w+=\S+ )*)npm run (?:deploy|package)(?: -- --stage ([\w-]+)(?: (--param \S+))?)?$/;

test.each([...COMMANDS])('%s', async (command) => {
  expect(command).toMatch(COMMAND);
  const [, variables = '', stage, parameter] = COMMAND.exec(command) ?? [];
  const given = Object.fromEntries([...variables.matchAll(/(\w+)=(\S+) /g)].map(([, name, value]) => [name, value]));
  const packaged = await packageWithoutCode(stage, given, 'serverless.yml', parameter?.split(' '));
  const functions = packaged.ofType('AWS::Lambda::Function');
  expect(functions.length).toBeGreaterThan(10);
  for (const [name, value] of Object.entries(given)) {
    const values = functions.map(([, { Properties }]) => Properties.Environment.Variables[name]);
    // Some variables are for the log-in functions alone.
    expect(new Set(values.filter((found) => found !== undefined))).toEqual(new Set([value]));
  }
  const authorizers = packaged.ofType('AWS::ApiGatewayV2::Authorizer').map(([, { Properties }]) => Properties);
  const audiences = authorizers.flatMap(({ JwtConfiguration }) => JwtConfiguration?.Audience ?? []);
  expect(audiences).toEqual(given.JWT_AUDIENCE === undefined ? [] : [given.JWT_AUDIENCE]);
});
