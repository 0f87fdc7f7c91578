import { ALLOWED_METHODS, allowedHeaders, EXPOSED_HEADERS, MAX_AGE } from '../lib/http/cors.ts';
import { TABLES, type TablePurpose, tableNames } from '../lib/local/tables.ts';
import { startFunction, verifyEnvironment } from './fixtures/lambda.ts';
import { packageTemplate, type Template } from './fixtures/packaged-template.ts';

const names = tableNames('supertokens-sessions', 'dev');
let template: Template;
let prod: Template;

beforeAll(async () => {
  template = await packageTemplate();
  prod = await packageTemplate('prod', {
    SUPERTOKENS_CONNECTION_URI: 'https://core.example.com',
    SUPERTOKENS_API_KEY: '{{resolve:secretsmanager:supertokens-api-key}}',
  });
}, 90_000);

const functions = () => template.ofType('AWS::Lambda::Function');
const environmentOf = (name: string): Record<string, unknown> =>
  template.resources[`${name}LambdaFunction`]?.Properties.Environment.Variables;

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

test('functions run on Node 24 and arm64, and answer within 10 s, so that the grace period covers two attempts', () => {
  expect(functions().length).toBeGreaterThan(5);
  for (const [, { Properties }] of functions()) {
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
  const { PublishedKeysTable, LikesTable, ...others } = tableActions('LikeRole');
  expect(PublishedKeysTable).toEqual(['dynamodb:GetItem']);
  expect(LikesTable).toBeDefined();
  expect(others).toEqual({});
});

test('only session functions are told of the session tables', () => {
  const told = functions().filter(([, { Properties }]) => 'SESSIONS_TABLE' in Properties.Environment.Variables);
  expect(told.map(([name]) => name)).toEqual([
    'AuthLambdaFunction',
    'SignupLambdaFunction',
    'LoginLambdaFunction',
    'LoginOidcLambdaFunction',
    'SignoutEverywhereLambdaFunction',
    'SessionsLambdaFunction',
    'RevokeSessionLambdaFunction',
  ]);
  for (const role of ['SessionRole', 'LoginRole']) {
    expect(Object.keys(tableActions(role))).toEqual(expect.arrayContaining(['SessionsTable', 'KeysTable']));
  }
});

test('only the function that exchanges ID tokens is told whose', () => {
  const told = functions().filter(([, { Properties }]) => 'OIDC_PROVIDERS' in Properties.Environment.Variables);
  expect(told.map(([name, { Properties }]) => [name, Properties.Role['Fn::GetAtt']?.[0]])).toEqual([
    ['LoginOidcLambdaFunction', 'LoginRole'],
  ]);
});

test('no role may scan a table, or do everything with it', () => {
  const roles = template.ofType('AWS::IAM::Role').map(([name]) => name);
  const actions = roles.flatMap((role) => Object.values(tableActions(role)).flat());
  expect(actions.filter((action) => action.includes('*') || action === 'dynamodb:Scan')).toEqual([]);
});

test('the tables are those of the embedded DynamoDB', () => {
  const tables = template
    .ofType('AWS::DynamoDB::Table')
    .map(([, { Properties }]) => [
      Properties.TableName,
      Properties.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName),
    ]);
  const expected = Object.entries(TABLES).map(([purpose, keys]) => [names[purpose as TablePurpose], [...keys]]);
  expect(tables).toEqual(expected);
});

test('what expires is deleted by TTL', () => {
  for (const table of ['SessionsTable', 'UsersTable']) {
    expect(template.resources[table]?.Properties.TimeToLiveSpecification).toEqual({
      AttributeName: 'ttl',
      Enabled: true,
    });
  }
});

test('every table is encrypted; in prod it is backed up, protected from deletion, and outlives its stack', () => {
  const tablesOf = (stage: Template) => stage.ofType('AWS::DynamoDB::Table').map(([, table]) => table);
  for (const table of [...tablesOf(template), ...tablesOf(prod)]) {
    expect(table.Properties).toMatchObject({ SSESpecification: { SSEEnabled: true }, BillingMode: 'PAY_PER_REQUEST' });
  }
  for (const table of tablesOf(prod)) {
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
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

test('the API is throttled, and everything is tagged with service and stage', () => {
  const { DefaultRouteSettings, Tags } = prod.resources.HttpApiStage?.Properties ?? {};
  expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
  expect(Tags).toEqual({ service: 'supertokens-sessions', stage: 'prod' });
  for (const [, { Properties }] of prod.ofType('AWS::Lambda::Function')) {
    expect(Properties.Tags).toContainEqual({ Key: 'stage', Value: 'prod' });
  }
});

test('alarms for 5xx, throttles, token theft and failing key rotation are there, on in prod alone', () => {
  const alarms = prod.ofType('AWS::CloudWatch::Alarm');
  expect(alarms.map(([name]) => name).sort()).toEqual([
    'FunctionErrorsAlarm',
    'ServerErrorsAlarm',
    'ThrottlesAlarm',
    'TokenTheftAlarm',
  ]);
  for (const [, alarm] of alarms) expect(alarm).toMatchObject({ Condition: 'Alarms' });
  expect(prod.conditions.Alarms).toEqual({ 'Fn::Equals': ['on', 'on'] });
  expect(template.conditions.Alarms).toEqual({ 'Fn::Equals': ['off', 'on'] });
});

test('the alarm for token theft counts what the core reports, in the log of the function that refreshes', () => {
  expect(prod.resources.TokenTheftMetric?.Properties).toMatchObject({
    LogGroupName: { Ref: 'AuthLogGroup' },
    FilterPattern: '{ $.message = "TokenTheftDetected" }',
  });
  const { MetricNamespace, MetricName } = prod.resources.TokenTheftMetric?.Properties.MetricTransformations[0] ?? {};
  expect(prod.resources.TokenTheftAlarm?.Properties).toMatchObject({ Namespace: MetricNamespace, MetricName });
});

test('X-Ray is off unless a stage turns it on, its permission too', () => {
  expect(template.conditions.Tracing).toEqual({ 'Fn::Equals': ['off', 'on'] });
  for (const [, { Properties }] of functions()) expect(Properties.TracingConfig).toEqual({ Mode: 'PassThrough' });
});

test("another core's API key may be a reference that CloudFormation resolves, so that no template holds it", () => {
  const { SUPERTOKENS_API_KEY } = prod.resources.AuthLambdaFunction?.Properties.Environment.Variables ?? {};
  expect(SUPERTOKENS_API_KEY).toBe('{{resolve:secretsmanager:supertokens-api-key}}');
});

test('CORS is the same in the SDK, in the code and in API Gateway', async () => {
  const allowed = await startFunction(verifyEnvironment('http://127.0.0.1:1', names), async () => {
    await import('../handlers/session-info.ts');
    return (await import('../lib/http/cors.ts')).allowedHeaders();
  });
  expect(template.resources.HttpApi?.Properties.CorsConfiguration).toEqual({
    AllowCredentials: true,
    AllowHeaders: allowed,
    AllowMethods: [...ALLOWED_METHODS],
    AllowOrigins: ['http://localhost:3000'],
    ExposeHeaders: [...EXPOSED_HEADERS],
    MaxAge: MAX_AGE,
  });
  expect(allowedHeaders).toThrow(/Initialisation not done/);
});

test('the function behind the default route knows every route', () => {
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey as string);
  const known = String(environmentOf('NotFound').ROUTES).split(',');
  expect(new Set(known)).toEqual(new Set(routes.filter((route) => route !== '$default')));
  expect(known).toEqual(
    expect.arrayContaining([
      'POST /signup',
      'POST /login',
      'POST /login/oidc',
      'POST /like-comment',
      'GET /sessioninfo',
      'GET /health',
      'ANY /auth/{proxy+}',
    ]),
  );
});
