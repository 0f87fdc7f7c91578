import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { keysAt } from '../../lib/tools/serverless-yml/entries.ts';
import { ManualClock, makeTestCore, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { before, type FaultyProxy, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { fetchFrom } from '../fixtures/gateway.ts';
import { sessionEnvironment, startFunction } from '../fixtures/lambda.ts';
import { type IssuerKey, makeKey, startTestIssuer, type TestIssuer } from '../fixtures/oidc-issuer.ts';
import { readStack } from '../fixtures/stack.ts';
import { fault } from '../fixtures/stub-dynamodb.ts';
import { type Api, providersOf } from './api.ts';
import { createCheck, createSchemas, type Operation, operationsOf, readDocument, resolve } from './document.ts';
import { OPENAPI_3_1 } from './openapi-3.1.ts';
import {
  createFaults,
  OF_THE_SERVICE,
  prepare,
  WITH_STORE_AWAY,
  WITH_STORE_REFUSING,
  WITHOUT_PROVIDER,
  whyNot,
} from './provocations.ts';
import { deployedRoutes } from './routes.ts';

const document = readDocument();
const operations = operationsOf(document);

describe('docs/openapi.yaml', () => {
  test('is an OpenAPI 3.1 document', () => {
    const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(OPENAPI_3_1);
    expect(validate(document) ? [] : validate.errors).toEqual([]);
  });

  test('has each operation id once, and for each parameter in a path its place there', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { key, path, parameters } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect([key, inPath]).toEqual([key, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
  });

  test('names only tags and security schemes that it has, and uses each component', () => {
    const { tags } = document as { tags: { name: string }[] };
    const { securitySchemes, ...components } = document.components as Record<string, Record<string, unknown>>;
    const text = JSON.stringify(document);
    const used = new Set(operations.flatMap(({ security }) => security.flatMap((schemes) => Object.keys(schemes))));
    expect([...used].sort()).toEqual(Object.keys(securitySchemes ?? {}).sort());
    expect(new Set(operations.flatMap((operation) => operation.tags))).toEqual(new Set(tags.map(({ name }) => name)));
    for (const [kind, parts] of Object.entries(components)) {
      for (const name of Object.keys(parts)) expect(text).toContain(`"#/components/${kind}/${name}"`);
    }
    for (const [, reference = ''] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(resolve(document, reference)).toBeDefined();
    }
  });

  test('has schemas in JSON Schema 2020-12 alone, strict wherever an answer is the service’s', () => {
    const schemas = createSchemas(document);
    for (const { parameters, bodySchema, responses } of operations) {
      for (const { schema } of parameters) schemas(schema);
      if (bodySchema !== undefined) schemas(bodySchema);
      for (const { headers = {}, content = {} } of Object.values(responses)) {
        for (const { schema } of [...Object.values(headers), ...Object.values(content)]) schemas(schema);
      }
    }
    const open = operations.flatMap(({ key, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) => {
        const schema = content['application/json']?.schema;
        return schema?.type === 'object' && schema.additionalProperties !== false ? [`${key} ${status}`] : [];
      }),
    );
    // SuperTokens' SDK's.
    expect(open).toEqual(['GET /auth/.well-known/openid-configuration 200']);
  });

  test('has examples of good requests that its own schemas accept', () => {
    const schemas = createSchemas(document);
    const good = OF_THE_SERVICE.filter(({ of, example }) => example !== undefined && / 20\d$/.test(of));
    expect(good.length).toBeGreaterThan(2);
    for (const { of, example = '' } of good) {
      const { bodySchema = {}, examples = {} } = operations.find(({ key }) => of.startsWith(`${key} `)) ?? {};
      const validate = schemas(bodySchema);
      expect([of, validate(examples[example]), validate.errors]).toEqual([of, true, null]);
    }
  });

  test('has every route of the engine, and none that serverless.yml does not have', () => {
    const routes = deployedRoutes();
    const ofSdk = (key: string) => / \/auth\//.test(key);
    const documented = operations.map(({ key }) => key).filter((key) => !ofSdk(key));
    // SuperTokens describes its Core Driver Interface itself; its SDK has the routes below /auth.
    const others = ['ANY /core/{proxy+}', 'ANY /auth/{proxy+}'];
    const own = keysAt(readFileSync('serverless.yml', 'utf8'), ['functions']);
    const engine = routes.filter(({ functionName }) => !own.includes(functionName)).map(({ key }) => key);
    expect(engine).toEqual(expect.arrayContaining(others));
    expect(documented).toEqual(
      expect.arrayContaining(engine.filter((route) => !others.includes(route) && !ofSdk(route))),
    );
    expect(routes.map(({ key }) => key)).toEqual(expect.arrayContaining(documented));
  });

  test('has every route of docs/routes.md', () => {
    const table = readFileSync('docs/routes.md', 'utf8').split('## Routes of the service')[1]?.split('\n## ')[0] ?? '';
    const routes = [...table.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^` ]*)`/g)].map(([, route]) => route);
    expect(routes.length).toBeGreaterThan(10);
    expect(operations.map(({ key }) => key)).toEqual(expect.arrayContaining(routes));
  });

  test('requires tokens where, and only where, the service rejects requests without', () => {
    const refused = OF_THE_SERVICE.filter(({ of, as }) => as === undefined && / 40[13]$/.test(of)).map(({ of }) => of);
    for (const { key, security } of operations) {
      const isNeeded = security.length > 0 && security.every((schemes) => Object.keys(schemes).length > 0);
      const isLogIn = key.startsWith('POST /login');
      expect([key, refused.some((of) => of.startsWith(`${key} `))]).toEqual([key, isNeeded || isLogIn]);
    }
  });

  test('has no status that is neither provoked nor excused, and none is provoked that it does not have', () => {
    const documented = operations.flatMap(({ key, responses }) =>
      Object.keys(responses).map((status) => `${key} ${status}`),
    );
    const provoked = new Set(
      [OF_THE_SERVICE, WITHOUT_PROVIDER, WITH_STORE_AWAY, WITH_STORE_REFUSING].flat().map(({ of }) => of),
    );
    expect(documented.filter((of) => !provoked.has(of) && whyNot(of) === undefined)).toEqual([]);
    expect([...provoked].filter((of) => !documented.includes(of))).toEqual([]);
  });

  test('has no example that is not sent', () => {
    const sent = OF_THE_SERVICE.map(({ of, example }) => `${of.replace(/ \d+$/, '')} ${example}`);
    const examples = operations.flatMap(({ key, examples }) => Object.keys(examples).map((name) => `${key} ${name}`));
    expect(examples.filter((example) => !sent.includes(example))).toEqual([]);
  });
});

describe('the check of an answer', () => {
  const check = createCheck(document);
  const health = operations.find(({ operationId }) => operationId === 'getHealth');
  const good = { status: 'ok', core: 'built-in', store: 'ok' };
  const answer = (body: object, status = 200, headers: Record<string, string> = {}) => ({
    status,
    headers: new Headers({ 'content-type': 'application/json', ...headers }),
    text: JSON.stringify(body),
  });
  const faults = (given: ReturnType<typeof answer>) => (health === undefined ? undefined : check(health, given));

  test.each([
    ['nothing, if all is well', answer(good), []],
    ['a status', answer(good, 404), [expect.stringMatching(/^404 is not documented/)]],
    ['a field too many', answer({ ...good, more: 1 }), [expect.stringMatching(/additional properties/)]],
    ['a field too few', answer({ status: 'ok', core: 'built-in' }), [expect.stringMatching(/'store'/)]],
    ['another value', answer({ ...good, core: 'mine' }), [expect.stringMatching(/^body\/core/)]],
    ['a header', answer(good, 200, { 'retry-after': '1' }), ['The header retry-after is not documented']],
    ['a media type', answer(good, 200, { 'content-type': 'text/html' }), [expect.stringMatching(/text\/html/)]],
  ])('finds %s', (_what, given, found) => {
    expect(faults(given)).toEqual(found);
  });

  test('misses a header that must be there', () => {
    const refresh = operations.find(({ operationId }) => operationId === 'refreshSession') as Operation;
    expect(check(refresh, answer({}))).toEqual(['The header front-token is missing']);
  });
});

describe('the functions keep its word', () => {
  let database: TestDatabase;
  let proxy: FaultyProxy;
  let issuer: TestIssuer;
  let key: IssuerKey;
  let api: Api;
  const faultsIn = createFaults(document);

  beforeAll(async () => {
    [database, issuer, key] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('ES256')]);
    proxy = await startFaultyProxy(database.endpoint);
    issuer.keys = [key];
    api = await apiWith({ OIDC_PROVIDERS: providersOf(issuer) });
  });
  afterAll(async () => {
    await proxy?.stop();
    await issuer?.stop();
    await database?.stop();
  });

  /** The names of your own tables, without which your functions do not start. */
  const tableVariables = (): Record<string, string> =>
    Object.fromEntries(
      readStack()
        .functions.flatMap(({ environment }) => Object.entries(environment))
        .filter(([variable]) => variable.endsWith('_TABLE')),
    );

  /**
   * The service's functions behind an API Gateway, in one process. The demo page is left out, which esbuild alone can build,
   * and so is the user function, whose SDK has other recipes.
   */
  async function apiWith(environment: Readonly<Record<string, string>>): Promise<Api> {
    const routes = deployedRoutes().filter(({ module }) => !/\/(page|core|user)\.ts$/.test(module));
    const handlers = await startFunction(
      { ...tableVariables(), ...sessionEnvironment(proxy.endpoint, database.tables), ...environment },
      async () => {
        const load = async ({ key, module }: (typeof routes)[number]) => ({
          key,
          handler: ((await import(`../../${module}`)) as { handler: LambdaHandler }).handler,
        });
        const loaded = [];
        for (const route of routes) loaded.push(await load(route));
        return loaded;
      },
    );
    const url = 'https://api.example.com';
    const core = makeTestCore(database.store, {}, new ManualClock(Date.now()));
    const deployment = { kind: 'http-api-v2', origin: url, stage: '$default' } as const;
    const parts = { issuer, key, core, db: database.db, usersTable: database.tables.users };
    return { url, fetch: fetchFrom(deployment, handlers), ...parts };
  }

  test.each(WITHOUT_PROVIDER)('$of, without an identity provider', async (provocation) => {
    const ask = await prepare(await apiWith({}), operations, provocation);
    expect(faultsIn(provocation, await ask())).toEqual([]);
  });

  test.each([
    ['does not answer', WITH_STORE_AWAY, fault(500, 'InternalServerError')],
    ['refuses', WITH_STORE_REFUSING, fault(400, 'AccessDeniedException')],
  ])('while the store %s', async (_what, provocations, storeFault) => {
    const prepared = await Promise.all(provocations.map((it) => prepare(api, operations, it)));
    // Functions that have only just started: they know no key yet.
    const fresh = await apiWith({ OIDC_PROVIDERS: providersOf(issuer) });
    proxy.begin(before(storeFault));
    try {
      const answers = await Promise.all(prepared.map((ask) => ask(fresh)));
      const faults = provocations.flatMap((it, index) => faultsIn(it, answers[index]));
      expect(faults).toEqual([]);
    } finally {
      await proxy.end();
    }
  });
});
