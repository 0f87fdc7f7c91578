import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { functionAlarms } from '../../lib/build/function-alarms.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { TABLES, type TableNames, type TablePurpose, tableNames } from '../../lib/dev/tables.ts';
import { ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS, MAX_AGE } from '../../lib/http/cors.ts';
import type { GatewayRequest } from '../../lib/http/gateway.ts';
import { refuseUnrouted } from '../../lib/http/not-found.ts';
import { METRICS, METRICS_NAMESPACE } from '../../lib/observability/metrics.ts';
import { PRICES } from '../bench/aws-prices.ts';
import {
  type CloudFormationResource,
  packageProduction,
  packageTemplate,
  type Template,
} from '../fixtures/packaged-template.ts';

/** The API key of another core, as {@link packageProduction} sets it. */
const CORE_KEY = 'supertokens-api-key';

let service: string;
let names: TableNames;
let template: Template;
let prod: Template;

beforeAll(async () => {
  service = await serviceName();
  names = tableNames(service, 'dev');
  [template, prod] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

const functions = () => template.ofType('AWS::Lambda::Function');
const idsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(\w+):/gm)].map(([, id = '']) => id);
const ENGINE_FUNCTIONS = idsIn('lib/build/stack/functions.yml').map(
  (name) => `${name.replace(/^./, (first) => first.toUpperCase())}LambdaFunction`,
);
/** Without the user's functions, which may be set up otherwise. */
const engineFunctions = () => functions().filter(([name]) => ENGINE_FUNCTIONS.includes(name));

/** Every table action that a role allows, by the logical id of the table. */
function tableActions(role: string): Record<string, string[]> {
  const actions: Record<string, string[]> = {};
  for (const { PolicyDocument } of template.resources[role]?.Properties.Policies ?? []) {
    for (const { Action, Resource } of PolicyDocument.Statement) {
      for (const resource of [Resource ?? []].flat()) {
        const table: string | undefined = resource['Fn::GetAtt']?.[0];
        if (table !== undefined) actions[table] = [...(actions[table] ?? []), ...[Action].flat()];
      }
    }
  }
  return actions;
}

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

test('functions run on Node 24 and arm64, and answer within 10 s, so that the grace period covers two attempts', () => {
  expect(engineFunctions().length).toBeGreaterThan(5);
  for (const [, { Properties }] of engineFunctions()) {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(Properties.Timeout).toBeLessThanOrEqual(10);
  }
});

test('no function falls back to a shared role: each names one of ours', () => {
  const roles = functions().map(([name, { Properties }]) => [name, Properties.Role['Fn::GetAtt']?.[0]]);
  for (const [name, role] of roles) expect([name, template.resources[role]?.Type]).toEqual([name, 'AWS::IAM::Role']);
  expect(template.resources.IamRoleLambdaExecution).toBeUndefined();
});

test('verifying functions may read the published keys, and have no other permission on the core', () => {
  expect(tableActions('VerifyRole')).toEqual({ PublishedKeysTable: ['dynamodb:GetItem'] });
});

test('the core function keeps sessions and users, and nothing else', () => {
  expect(Object.keys(tableActions('CoreRole')).toSorted()).toEqual([
    'CoreUsersTable',
    'KeysTable',
    'PublishedKeysTable',
    'SessionsTable',
  ]);
});

test('a function that does not get the names of the session tables may not use them', () => {
  for (const [name, { Properties }] of functions()) {
    const { SESSIONS_TABLE, KEYS_TABLE } = Properties.Environment.Variables;
    const { SessionsTable, KeysTable } = tableActions(Properties.Role['Fn::GetAtt'][0]);
    expect([name, SessionsTable !== undefined]).toEqual([name, SESSIONS_TABLE !== undefined]);
    expect([name, KeysTable !== undefined]).toEqual([name, KEYS_TABLE !== undefined]);
  }
});

const SESSION_FUNCTIONS = [
  'AuthLambdaFunction',
  'UserLambdaFunction',
  'LoginOidcLambdaFunction',
  'SignoutEverywhereLambdaFunction',
  'SessionsLambdaFunction',
  'RevokeSessionLambdaFunction',
];

test('of the engine, only session functions get the name of the sessions table', () => {
  const named = engineFunctions().filter(([, { Properties }]) => 'SESSIONS_TABLE' in Properties.Environment.Variables);
  expect(named.map(([name]) => name)).toEqual(SESSION_FUNCTIONS);
});

test('of the engine, only functions that call another core with its API key get that key', () => {
  const withKey = prod
    .ofType('AWS::Lambda::Function')
    .filter(
      ([name, { Properties }]) => ENGINE_FUNCTIONS.includes(name) && JSON.stringify(Properties).includes(CORE_KEY),
    )
    .map(([name]) => name);
  expect(withKey).toEqual(SESSION_FUNCTIONS);
});

test('the functions of the example, which only verify, do not get it either', () => {
  const others = prod.ofType('AWS::Lambda::Function').filter(([name]) => !ENGINE_FUNCTIONS.includes(name));
  const verifying = others.filter(([, { Properties }]) => !('SESSIONS_TABLE' in Properties.Environment.Variables));
  expect(JSON.stringify(verifying)).not.toContain(CORE_KEY);
});

test('only the function that exchanges ID tokens gets the providers', () => {
  const told = functions().filter(([, { Properties }]) => 'OIDC_PROVIDERS' in Properties.Environment.Variables);
  expect(told.map(([name, { Properties }]) => [name, Properties.Role['Fn::GetAtt']?.[0]])).toEqual([
    ['LoginOidcLambdaFunction', 'LoginRole'],
  ]);
});

test("no role may scan one of the engine's tables, or do everything with it", () => {
  const roles = template.ofType('AWS::IAM::Role').map(([name]) => name);
  const engine = ['SessionsTable', 'KeysTable', 'PublishedKeysTable', 'UsersTable', 'CoreUsersTable'];
  const actions = roles.flatMap((role) => engine.flatMap((table) => tableActions(role)[table] ?? []));
  expect(actions.filter((action) => action.includes('*') || action === 'dynamodb:Scan')).toEqual([]);
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

test("only the functions that serve users' recipes and the core may use the core's users", () => {
  const roles = template.ofType('AWS::IAM::Role').map(([name]) => name);
  expect(roles.filter((role) => tableActions(role).CoreUsersTable !== undefined)).toEqual(['UserRole', 'CoreRole']);
  const named = functions().filter(([, { Properties }]) => 'CORE_USERS_TABLE' in Properties.Environment.Variables);
  expect(named.map(([name, { Properties }]) => [name, Properties.Role['Fn::GetAtt']?.[0]])).toEqual([
    ['UserLambdaFunction', 'UserRole'],
  ]);
});

/** The statement that a role has under a condition, with the condition. */
function conditional(role: string, condition: string) {
  const { PolicyDocument } = template.resources[role]?.Properties.Policies.at(-1) ?? {};
  const found = PolicyDocument.Statement.find((statement: Conditional) => statement['Fn::If']?.[0] === condition);
  return (found as Conditional)['Fn::If'];
}
interface Conditional {
  readonly 'Fn::If': readonly [condition: string, statement: object];
}

test('only the function that serves users may send text messages, and nothing to topics', () => {
  const sending = template
    .ofType('AWS::IAM::Role')
    .filter(([, role]) => JSON.stringify(role).includes('sns:'))
    .map(([name]) => name);
  expect(sending).toEqual(['UserRole']);
  const [, statement] = conditional('UserRole', 'Sms');
  expect(statement).toEqual({ Effect: 'Allow', Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' });
});

test('only the function that serves users may read a secret, and that of the stage alone', () => {
  const reading = template
    .ofType('AWS::IAM::Role')
    .filter(([, role]) => JSON.stringify(role).includes('secretsmanager'))
    .map(([name]) => name);
  expect(reading).toEqual(['UserRole']);
  const [, statement] = conditional('UserRole', 'ThirdPartySecret');
  expect(statement).toEqual({
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: { 'Fn::Sub': expect.stringMatching(/:secret:[^*]*-\?{6}$/) },
  });
});

test('only the function that serves users may send mails, and from the address of the stage alone', () => {
  const sending = template
    .ofType('AWS::IAM::Role')
    .filter(([, role]) => JSON.stringify(role).includes('ses:'))
    .map(([name]) => name);
  expect(sending).toEqual(['UserRole']);
  const [condition, statement] = conditional('UserRole', 'Mail');
  expect(condition).toBe('Mail');
  expect(statement).toMatchObject({
    Action: 'ses:SendEmail',
    Condition: { StringEquals: { 'ses:FromAddress': expect.any(String) } },
  });
});

test('what expires is deleted by TTL', () => {
  for (const table of ['SessionsTable', 'UsersTable', 'CoreUsersTable']) {
    expect(template.resources[table]?.Properties.TimeToLiveSpecification).toEqual({
      AttributeName: 'ttl',
      Enabled: true,
    });
  }
});

test('a log-in by ID token may keep which tokens have been used, and not change or delete that', () => {
  expect(tableActions('LoginRole').UsersTable).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
});

test('a log-in may create sessions, and not find those of a user', () => {
  expect(tableActions('LoginRole').SessionsTable?.toSorted()).toEqual(
    ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
  );
});

test("the function that resets passwords may find a user's sessions, because a reset ends them", () => {
  expect(tableActions('UserRole').SessionsTable).toEqual(tableActions('SessionRole').SessionsTable);
  expect(tableActions('UserRole').SessionsTable).toContain('dynamodb:Query');
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

test('logs are kept for a while, longer in prod', () => {
  const retentions = (stage: Template) =>
    new Set(stage.ofType('AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.RetentionInDays));
  expect(retentions(template)).toEqual(new Set([14]));
  expect(retentions(prod)).toEqual(new Set([90]));
});

test('the API logs each request as one line of JSON, whichever function answers it, and without a path or headers', () => {
  for (const [stage, name] of [
    [template, 'dev'],
    [prod, 'prod'],
  ] as const) {
    const { AccessLogSettings: settings } = stage.resources.HttpApiStage?.Properties ?? {};
    const logGroup = stage.resources[settings.DestinationArn['Fn::GetAtt'][0]];
    expect(logGroup?.Properties.LogGroupName).toBe(`/aws/http-api/${service}-${name}`);
    expect(settings.Format).not.toContain('\n');
    const line = JSON.parse(settings.Format) as Record<string, string>;
    expect(line).toMatchObject({ routeKey: '$context.routeKey', status: '$context.status' });
    expect(Object.values(line).join()).not.toMatch(/path|header|userAgent|claims/i);
    // One API with one stage: all routes are below it.
    expect(stage.ofType('AWS::ApiGatewayV2::Stage')).toHaveLength(1);
  }
});

test('docs/observability.md names every field of the access log', () => {
  const { AccessLogSettings: settings } = template.resources.HttpApiStage?.Properties ?? {};
  const [, table = ''] = readFileSync('docs/observability.md', 'utf8').split('## Access log');
  const documented = [...(table.split('\n## ')[0]?.matchAll(/^\|((?: `\w+`,?)+) \|/gm) ?? [])].flatMap(
    ([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, field]) => field),
  );
  expect(documented.sort()).toEqual(Object.keys(JSON.parse(settings.Format)).sort());
});

test('the API is throttled, and everything is tagged with service and stage', () => {
  const { DefaultRouteSettings, Tags } = prod.resources.HttpApiStage?.Properties ?? {};
  expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
  expect(Tags).toEqual({ service, stage: 'prod' });
  for (const [, { Properties }] of prod.ofType('AWS::Lambda::Function')) {
    expect(Properties.Tags).toContainEqual({ Key: 'stage', Value: 'prod' });
  }
});

test('alarms for 5xx, errors, throttles and token theft are there, on in prod alone', () => {
  const alarms = prod.ofType('AWS::CloudWatch::Alarm');
  const kinds = new Set(alarms.map(([name]) => name.replace(/\d+$/, '')));
  expect(kinds).toEqual(new Set(['TokenTheftAlarm', 'ServerErrorsAlarm', 'FunctionErrorsAlarm', 'ThrottlesAlarm']));
  for (const [, alarm] of alarms) expect(alarm).toMatchObject({ Condition: 'Alarms' });
  expect(prod.conditions.Alarms).toEqual({ 'Fn::Equals': ['on', 'on'] });
  expect(template.conditions.Alarms).toEqual({ 'Fn::Equals': ['off', 'on'] });
});

test('functions write metrics in prod alone, of their service and stage', () => {
  for (const [stage, settings] of [
    [template, { METRICS: 'off', SERVICE_NAME: service, STAGE: 'dev' }],
    [prod, { METRICS: 'on', SERVICE_NAME: service, STAGE: 'prod' }],
  ] as const) {
    for (const [, { Properties }] of stage.ofType('AWS::Lambda::Function')) {
      expect(Properties.Environment.Variables).toMatchObject(settings);
    }
  }
});

test('the alarm for token theft looks at the metric that the functions write, and nothing else counts it', () => {
  expect(prod.resources.TokenTheftAlarm?.Properties).toMatchObject({
    Namespace: METRICS_NAMESPACE,
    MetricName: 'TokenTheftDetected' satisfies keyof typeof METRICS,
    Dimensions: [
      { Name: 'service', Value: service },
      { Name: 'stage', Value: 'prod' },
    ],
  });
  expect(prod.ofType('AWS::Logs::MetricFilter')).toEqual([]);
});

describe('the alarms for errors and throttles', () => {
  interface WatchedMetric {
    readonly MetricName: string;
    readonly Dimensions: readonly [{ readonly Value: string }];
  }

  /** Returns the metrics that alarms watch, each with its function. */
  const watchedBy = (alarms: readonly Pick<CloudFormationResource, 'Properties'>[]): string[] =>
    alarms.flatMap(({ Properties }) =>
      (Properties.Metrics ?? []).flatMap(({ MetricStat }: { MetricStat?: { Metric: WatchedMetric } }) =>
        MetricStat === undefined ? [] : [`${MetricStat.Metric.MetricName} ${MetricStat.Metric.Dimensions[0].Value}`],
      ),
    );

  test('cover every function of the stage, each once', () => {
    const names = prod.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName as string);
    const expected = names.flatMap((name) => [`Errors ${name}`, `Throttles ${name}`]);
    expect(watchedBy(prod.ofType('AWS::CloudWatch::Alarm').map(([, alarm]) => alarm)).sort()).toEqual(expected.sort());
  });

  test.each([
    [10, ['FunctionErrorsAlarm', 'ThrottlesAlarm']],
    [11, ['FunctionErrorsAlarm', 'FunctionErrorsAlarm2', 'ThrottlesAlarm', 'ThrottlesAlarm2']],
  ])('are as few as 10 metrics an alarm allow: %j functions', (count, ids) => {
    const names = Array.from({ length: count }, (_, index) => `function-${index}`);
    const alarms = functionAlarms(names, 'arn:aws:sns:eu-central-1:123456789012:alarms');
    expect(Object.keys(alarms)).toEqual(ids);
    expect(watchedBy(Object.values(alarms))).toHaveLength(2 * count);
    for (const { Properties } of Object.values(alarms)) {
      expect((Properties.Metrics as unknown[]).length).toBeLessThanOrEqual(11);
    }
  });
});

test('docs/deploying.md sums up what the alarms and the dashboard of an idle prod stage cost', () => {
  const [, section = ''] = readFileSync('docs/deploying.md', 'utf8').split('## What an idle stage costs');
  const engine = readFileSync('lib/build/stack/functions.yml', 'utf8').match(/^\w+(?=:)/gm) ?? [];
  // Without the core function and the demo page, which are off by default in prod, and with the example's four.
  const functions = engine.filter((name) => name !== 'core' && name !== 'page').length + 4;
  // The alarms for theft and for 5xx, and two for each function: the tests above count these.
  const alarms = (2 + 2 * functions) * PRICES.alarmMetric;
  const other = 2 * 0.01;
  const total = alarms + PRICES.dashboard + other;
  expect(section).toContain(`; ${functions} functions | ${alarms.toFixed(2)} | 0 |`);
  expect(section).toContain(`| the dashboard | ${PRICES.dashboard.toFixed(2)} | 0 |`);
  expect(section).toContain(`| **together** | **${total.toFixed(2)}** | **${other.toFixed(2)}** |`);
});

describe('the dashboard', () => {
  interface Widget {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly properties: {
      readonly metrics?: readonly (readonly [namespace: string, name: string, ...rest: unknown[]])[];
      readonly alarms?: readonly string[];
    };
  }
  const bodyOf = (stage: Template): string => stage.resources.Dashboard?.Properties.DashboardBody['Fn::Sub'];
  const widgetsOf = (stage: Template) => (JSON.parse(bodyOf(stage)) as { widgets: Widget[] }).widgets;
  const metricsOf = (namespace: string) =>
    widgetsOf(prod).flatMap(({ properties }) => (properties.metrics ?? []).filter(([name]) => name === namespace));
  const namesOf = (namespace: string) => new Set(metricsOf(namespace).map(([, name]) => name));
  const resourcesOf = (namespace: string) => new Set(metricsOf(namespace).map((metric) => metric[3]));

  test('is on in prod alone', () => {
    expect(prod.resources.Dashboard).toMatchObject({
      Type: 'AWS::CloudWatch::Dashboard',
      Condition: 'Dashboard',
      Properties: { DashboardName: `${service}-prod` },
    });
    expect(prod.conditions.Dashboard).toEqual({ 'Fn::Equals': ['on', 'on'] });
    expect(template.conditions.Dashboard).toEqual({ 'Fn::Equals': ['off', 'on'] });
  });

  test('shows every metric that the code emits, by the dimensions in which it does, and no other of ours', () => {
    expect(namesOf(METRICS_NAMESPACE)).toEqual(new Set(Object.keys(METRICS)));
    for (const [, , ...dimensions] of metricsOf(METRICS_NAMESPACE)) {
      expect(dimensions.slice(0, 4)).toEqual(['service', service, 'stage', 'prod']);
    }
  });

  test('shows the API, every function and every table, by metrics that AWS has', () => {
    // https://docs.aws.amazon.com: apigateway/…/http-api-metrics, lambda/…/monitoring-metrics-types,
    // amazondynamodb/…/metrics-dimensions.
    expect(namesOf('AWS/ApiGateway')).toEqual(new Set(['Count', '4xx', '5xx', 'Latency']));
    expect(namesOf('AWS/Lambda')).toEqual(new Set(['Duration', 'Errors', 'Throttles']));
    const tableMetrics = ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'];
    tableMetrics.push('ReadThrottleEvents', 'WriteThrottleEvents');
    expect(namesOf('AWS/DynamoDB')).toEqual(new Set(tableMetrics));
    const deployed = (type: string, name: string) =>
      new Set(prod.ofType(type).map(([, { Properties }]) => Properties[name] as string));
    expect(resourcesOf('AWS/Lambda')).toEqual(deployed('AWS::Lambda::Function', 'FunctionName'));
    expect(resourcesOf('AWS/DynamoDB')).toEqual(deployed('AWS::DynamoDB::Table', 'TableName'));
  });

  test('shows the alarms, where there are any', () => {
    const shown = (stage: Template) => widgetsOf(stage).flatMap(({ properties }) => properties.alarms ?? []);
    expect(shown(prod)).toEqual(prod.ofType('AWS::CloudWatch::Alarm').map(([id]) => `\${${id}.Arn}`));
    expect(shown(template)).toEqual([]);
  });

  test('refers to nothing that the template does not have', () => {
    const references = [...bodyOf(prod).matchAll(/\$\{([\w:]+)/g)].map(([, name]) => name);
    expect(references).toEqual(expect.arrayContaining(['HttpApi', 'AWS::Region']));
    const known = ['AWS::Region', ...Object.keys(prod.resources)];
    expect(references.filter((name = '') => !known.includes(name))).toEqual([]);
  });

  test('puts no widget on another, nor beyond the 24 columns', () => {
    const widgets = widgetsOf(prod);
    expect(new Set(widgets.map(({ x, y }) => `${x} ${y}`)).size).toBe(widgets.length);
    expect(widgets.filter(({ x, width }) => x % width !== 0 || x + width > 24)).toEqual([]);
  });
});

test('X-Ray is off unless a stage turns it on, its permission too', () => {
  expect(template.conditions.Tracing).toEqual({ 'Fn::Equals': ['off', 'on'] });
  for (const [, { Properties }] of functions()) expect(Properties.TracingConfig).toEqual({ Mode: 'PassThrough' });
});

test("another core's API key may be a reference that CloudFormation resolves, so that no template holds it", () => {
  const { SUPERTOKENS_API_KEY } = prod.resources.AuthLambdaFunction?.Properties.Environment.Variables ?? {};
  expect(SUPERTOKENS_API_KEY).toBe('{{resolve:secretsmanager:supertokens-api-key}}');
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

test('no function has the routes in its environment, which Lambda limits to 4 KB', () => {
  for (const [, { Properties }] of functions()) expect(Properties.Environment.Variables).not.toHaveProperty('ROUTES');
});

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
