import { readFileSync } from 'node:fs';
import { packageProduction, packageTemplate, type Template } from '../fixtures/packaged-template.ts';

let template: Template;
let prod: Template;

beforeAll(async () => {
  [template, prod] = await Promise.all([packageTemplate(), packageProduction()]);
}, 300_000);

/** The API key of another core, as {@link packageProduction} sets it. */
const CORE_KEY = 'supertokens-api-key';

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

/** The roles that have a text in any of their statements. */
const rolesWith = (text: string): string[] =>
  template
    .ofType('AWS::IAM::Role')
    .filter(([, role]) => JSON.stringify(role).includes(text))
    .map(([name]) => name);

test('only the function that serves users may send text messages, and nothing to topics', () => {
  expect(rolesWith('sns:')).toEqual(['UserRole']);
  const [, statement] = conditional('UserRole', 'Sms');
  expect(statement).toEqual({ Effect: 'Allow', Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' });
});

test('only the function that serves users may read a secret, and that of the stage alone', () => {
  expect(rolesWith('secretsmanager')).toEqual(['UserRole']);
  const [, statement] = conditional('UserRole', 'ThirdPartySecret');
  expect(statement).toEqual({
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: { 'Fn::Sub': expect.stringMatching(/:secret:[^*]*-\?{6}$/) },
  });
});

test('only the function that serves users may send mails, and from the address of the stage alone', () => {
  expect(rolesWith('ses:')).toEqual(['UserRole']);
  const [condition, statement] = conditional('UserRole', 'Mail');
  expect(condition).toBe('Mail');
  expect(statement).toMatchObject({
    Action: 'ses:SendEmail',
    Condition: { StringEquals: { 'ses:FromAddress': expect.any(String) } },
  });
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

test("another core's API key may be a reference that CloudFormation resolves, so that no template holds it", () => {
  const { SUPERTOKENS_API_KEY } = prod.resources.AuthLambdaFunction?.Properties.Environment.Variables ?? {};
  expect(SUPERTOKENS_API_KEY).toBe('{{resolve:secretsmanager:supertokens-api-key}}');
});

test('no function has the routes in its environment, which Lambda limits to 4 KB', () => {
  for (const [, { Properties }] of functions()) expect(Properties.Environment.Variables).not.toHaveProperty('ROUTES');
});
