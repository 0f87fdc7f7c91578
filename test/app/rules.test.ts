import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type GoodRequest, spoiltEvents } from '../abuse/malformed-events.ts';
import { type App, startApp } from '../fixtures/app.ts';
import { logged } from '../fixtures/lambda.ts';
import { readStack, readYourFunctions, type StackFunction } from '../fixtures/stack.ts';
import { operationsOf, readDocument } from '../openapi/document.ts';

/** Functions that call services which tests do not have: they may answer 5xx here. */
const NOT_FUZZED: readonly string[] = [];
/** Malformed events per route; more find more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 25);

const { functions } = readStack();
const yours = readYourFunctions();

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

const sourceOf = ({ handler }: StackFunction): string => readFileSync(handler.replace(/\.\w+$/, '.ts'), 'utf8');

/** A function says itself that its routes need no session. Every other function has to refuse a request without one. */
const isPublic = (owner: StackFunction): boolean =>
  /\b(?:publicRoute|plainRoute)\(|\bsessionRequired: false\b/.test(sourceOf(owner));

/** A request for a route of serverless.yml, each of its parameters filled in. */
const requestFor = (route: string): GoodRequest => {
  const [method = '', path = ''] = route.replace(/^\*$/, 'GET /any').replace(/^ANY /, 'POST ').split(' ');
  return { method, path: path.replaceAll(/\{\w+\+?\}/g, 'a'), ...(method !== 'GET' && { body: {} }) };
};

test('every function has a role of its own', () => {
  expect(functions.filter(({ role }) => role === undefined).map(({ name }) => name)).toEqual([]);
});

for (const owner of yours.filter((candidate) => candidate.routes.length > 0 && !isPublic(candidate))) {
  test.each(owner.routes)('%s answers 401 without a session', async (route) => {
    const { method, path, body } = requestFor(route);
    expect(await app.request(`${method} ${path}`, body && { body })).toMatchObject({ status: 401 });
  });
}

/** What API Gateway's authorizers add for a route that has one; a client cannot. */
const AUTHORIZED = {
  authorizer: {
    ...{ userId: 'u', sessionHandle: 'h', accessTokenPayload: '{}' },
    jwt: { claims: { sub: 'u', aud: 'https://api.example.com' } },
  },
};

for (const { name, routes } of yours.filter((candidate) => !NOT_FUZZED.includes(candidate.name))) {
  test.each(routes)('%s answers no malformed event with 5xx', async (route) => {
    logged.length = 0;
    const credentials = [(await app.logIn()).headers];
    const events = spoiltEvents(requestFor(route), credentials, AUTHORIZED);
    const property = fc.asyncProperty(events, async (event) => {
      const { statusCode = 200 } = (await app.send(name, event)) as { readonly statusCode?: number };
      expect(statusCode).toBeLessThan(500);
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
}

if (existsSync('docs/openapi.yaml')) {
  test('docs/openapi.yaml has no route that serverless.yml does not have', () => {
    const routes = functions.flatMap((owner) => owner.routes);
    // One function has SuperTokens' own routes.
    const documented = operationsOf(readDocument()).filter(({ path }) => !path.startsWith('/auth/'));
    expect(documented.map(({ key }) => key).filter((key) => !routes.includes(key))).toEqual([]);
  });
}
