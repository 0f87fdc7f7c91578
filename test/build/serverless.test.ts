import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { serviceName } from '../../lib/dev/service.ts';
import { TABLES, type TableNames, type TablePurpose, tableNames } from '../../lib/dev/tables.ts';
import { ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS, MAX_AGE } from '../../lib/http/cors.ts';
import type { GatewayRequest } from '../../lib/http/gateway.ts';
import { refuseUnrouted } from '../../lib/http/not-found.ts';
import { packageProduction, packageTemplate, type Template } from '../fixtures/packaged-template.ts';

let service: string;
let names: TableNames;
let template: Template;
let prod: Template;

beforeAll(async () => {
  service = await serviceName();
  names = tableNames(service, 'dev');
  [template, prod] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

/** How AWS calls the services whose resources a stack has. */
const SERVICES: Readonly<Record<string, string>> = {
  ApiGatewayV2: 'API Gateway',
  CloudWatch: 'CloudWatch',
  DynamoDB: 'DynamoDB',
  Events: 'EventBridge',
  IAM: 'IAM (roles)',
  Lambda: 'Lambda',
  Logs: 'CloudWatch Logs',
  S3: 'S3',
};

test('docs/deploying.md names the services in which a deployment creates something', () => {
  const [, listed = ''] = /creates resources in (.*?)\.\n/s.exec(readFileSync('docs/deploying.md', 'utf8')) ?? [];
  const used = Object.values(prod.resources).map(({ Type }) => Type.split('::')[1] ?? '');
  const names = [...new Set(used)].map((name) => SERVICES[name] ?? name);
  expect(listed.split(/,\s+| and /).toSorted()).toEqual(names.toSorted());
});

test("the engine's tables are those of the embedded DynamoDB", () => {
  const tables = template
    .ofType('AWS::DynamoDB::Table')
    .map(([, { Properties }]) => [
      Properties.TableName,
      Properties.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName),
    ]);
  const expected = Object.entries(TABLES).map(([purpose, keys]) => [names[purpose as TablePurpose], [...keys]]);
  expect(tables).toEqual(expect.arrayContaining(expected));
});

test('what expires is deleted by TTL', () => {
  for (const table of ['SessionsTable', 'UsersTable', 'CoreUsersTable']) {
    expect(template.resources[table]?.Properties.TimeToLiveSpecification).toEqual({
      AttributeName: 'ttl',
      Enabled: true,
    });
  }
});

test('every table is encrypted by a key that costs nothing; in prod it is backed up, protected from deletion, and outlives its stack', () => {
  const tablesOf = (stage: Template) => stage.ofType('AWS::DynamoDB::Table').map(([, table]) => table);
  for (const table of [...tablesOf(template), ...tablesOf(prod)]) {
    // DynamoDB encrypts every table. This one setting says by whose key.
    expect(table.Properties).toMatchObject({ SSESpecification: { SSEEnabled: false }, BillingMode: 'PAY_PER_REQUEST' });
  }
  for (const table of tablesOf(prod)) {
    expect(table).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  }
  for (const table of tablesOf(template)) {
    expect(table).toMatchObject({ DeletionPolicy: 'Delete', Properties: { DeletionProtectionEnabled: false } });
  }
});

test('the API is throttled, and everything is tagged with service and stage', () => {
  const { DefaultRouteSettings, Tags } = prod.resources.HttpApiStage?.Properties ?? {};
  expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
  expect(Tags).toEqual({ service, stage: 'prod' });
  for (const [, { Properties }] of prod.ofType('AWS::Lambda::Function')) {
    expect(Properties.Tags).toContainEqual({ Key: 'stage', Value: 'prod' });
  }
});

test('API Gateway has the CORS settings of the code', () => {
  expect(template.resources.HttpApi?.Properties.CorsConfiguration).toEqual({
    AllowCredentials: true,
    AllowHeaders: [...ALLOWED_HEADERS],
    AllowMethods: [...ALLOWED_METHODS],
    AllowOrigins: ['http://localhost:3000'],
    ExposeHeaders: [...EXPOSED_HEADERS],
    MaxAge: MAX_AGE,
  });
});

/** The routes that the build wrote into the function behind the default route. */
function routesInBundle(stage: Template): string[] {
  const files = unzipSync(stage.zips.get('notFound.zip') ?? new Uint8Array());
  const code = strFromU8(files['handlers/not-found.cjs'] ?? new Uint8Array());
  return /"((?:[A-Z]+ \/[^",]*,?)+)"/.exec(code)?.[1]?.split(',') ?? [];
}

test('the function behind the default route knows every route', () => {
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey as string);
  const known = routesInBundle(template);
  expect(new Set(known)).toEqual(new Set(routes.filter((route) => route !== '$default')));
  expect(known).toEqual(
    expect.arrayContaining([
      'POST /auth/signin',
      'POST /login/oidc',
      'GET /sessioninfo',
      'GET /health',
      'ANY /auth/{proxy+}',
    ]),
  );
});

test('the demo page is on every stage but prod, where its path is as unknown as any', () => {
  expect(template.resources.PageLambdaFunction).toBeDefined();
  expect(prod.resources.PageLambdaFunction).toBeUndefined();
  const ask = (stage: Template) => () =>
    refuseUnrouted({ httpMethod: 'POST', path: '/' } as GatewayRequest, routesInBundle(stage));
  expect(ask(template)).toThrow('POST is not allowed here. Allowed: GET');
  expect(ask(prod)).toThrow('Not Found');
});
