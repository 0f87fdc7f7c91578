import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type Snippet, snippetsOf } from '../fixtures/markdown.ts';
import { packageTemplate, type Template } from '../fixtures/packaged-template.ts';

const CONFIG = `serverless.docs-${process.pid}.yml`;
const SNIPPETS = ['README.md', 'docs/protecting-routes.md']
  .flatMap(snippetsOf)
  .filter(({ language }) => language === 'yaml');

const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));

/** serverless.yml with one snippet in it, where it says that it belongs. */
function withSnippet(configuration: string, { text }: Snippet, number: number): string {
  const functions = /^functions:\n(.*)/ms.exec(text)?.[1];
  if (functions !== undefined) {
    const authorizers = /^ {4}authorizers:\n(.*?)(?=^\S)/ms.exec(text)?.[1] ?? '';
    return configuration
      .replace(/^ {4}authorizers:\n/m, (line) => line + authorizers)
      .replace(/^functions:\n/m, (line) => line + functions.replace('handlers/my-route.', 'handlers/session-info.'));
  }
  const events = text.startsWith('events:') ? text : `events:\n${indented(text, 2)}`;
  const added = `  docs${number}:\n    handler: handlers/session-info.handler\n    role: VerifyRole\n${indented(events, 4)}`;
  // The examples stand in serverless.yml already; the same route cannot be there twice.
  return configuration.replace(/^functions:\n/m, (line) => line + added.replaceAll(/authorized\b/g, `docs-${number}`));
}

let template: Template;
let prod: Template;

beforeAll(async () => {
  const configuration = SNIPPETS.reduce(withSnippet, await readFile('serverless.yml', 'utf8'));
  await writeFile(CONFIG, configuration);
  try {
    // As docs/protecting-routes.md says for the JWT authorizer.
    const environment = { JWT_AUDIENCE: 'https://api.example.com', API_DOMAIN: 'https://api.example.com' };
    template = await packageTemplate('dev', environment, CONFIG);
  } finally {
    await rm(CONFIG);
  }
  const deploy = /^((?:\w+=\S+ ){2})npm run deploy -- --stage (\w+)$/m.exec(readFileSync('docs/deploying.md', 'utf8'));
  const environment = Object.fromEntries(
    (deploy?.[1] ?? '')
      .trim()
      .split(' ')
      .map((pair) => pair.split('=')),
  );
  prod = await packageTemplate(deploy?.[2], environment);
}, 120_000);

const routeKeys = (): string[] =>
  template.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);

test('every snippet of YAML goes into serverless.yml as it stands', () => {
  expect(SNIPPETS.length).toBeGreaterThan(5);
  expect(routeKeys()).toEqual(expect.arrayContaining(['GET /my-route', '$connect']));
  expect(routeKeys().filter((key) => /docs-\d/.test(key)).length).toBeGreaterThan(2);
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

test('what docs/deploying.md deploys to prod has the domains that it names', () => {
  const variables = prod.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.Environment.Variables);
  expect(variables.length).toBeGreaterThan(10);
  for (const { API_DOMAIN, WEBSITE_DOMAIN } of variables) {
    expect([API_DOMAIN, WEBSITE_DOMAIN]).toEqual(['https://api.example.com', 'https://app.example.com']);
  }
});
