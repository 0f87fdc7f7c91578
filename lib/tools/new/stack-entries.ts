import type { Action, Route, RouteStore } from './route.ts';

/** Where a user's role takes the engine's policies from. */
const ROLES = 'lib/build/stack/roles.yml';

/** Returns a route's function for serverless.yml. */
export function functionEntry(route: Route): string {
  const { name, functionName, roleName, method, path } = route;
  return `${functionName}:
  handler: handlers/${name}.handler
  role: ${roleName}
${environmentOf(route)}  events:
    - httpApi: ${method} ${path}
`;
}

function environmentOf({ checkDatabase, store, table }: Route): string {
  if (store === undefined || table === undefined) {
    return checkDatabase ? `  environment: \${file(lib/build/stack/environment.yml):session}\n` : '';
  }
  return `  environment:\n${checkDatabase ? SESSION_VARIABLES : ''}    ${store.variable}: ${nameOfTable(table)}\n`;
}

/** What a session function needs, apart from a table of its own. */
const SESSION_VARIABLES = `    SESSIONS_TABLE: \${self:custom.engine.tables.sessions}
    KEYS_TABLE: \${self:custom.engine.tables.keys}
    SUPERTOKENS_API_KEY: \${file(lib/build/stack/environment.yml):session.SUPERTOKENS_API_KEY}
`;

/** The name of a table in AWS. */
const nameOfTable = (table: string): string => `\${self:service}-\${sls:stage}-${table}`;

/** Returns a table for serverless.yml: items of a user (`pk`), each with an id of its own (`sk`). */
export const tableEntry = ({ resource }: RouteStore, table: string): string => `${resource}:
  Type: AWS::DynamoDB::Table
  DeletionPolicy: \${param:tableDeletionPolicy}
  UpdateReplacePolicy: \${param:tableDeletionPolicy}
  Properties:
    TableName: ${nameOfTable(table)}
    BillingMode: PAY_PER_REQUEST
    AttributeDefinitions:
      - { AttributeName: pk, AttributeType: S }
      - { AttributeName: sk, AttributeType: S }
    KeySchema:
      - { AttributeName: pk, KeyType: HASH }
      - { AttributeName: sk, KeyType: RANGE }
    SSESpecification: { SSEEnabled: false }
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: '\${param:pointInTimeRecovery}' }
    DeletionProtectionEnabled: \${param:deletionProtection}
`;

/** The one DynamoDB action that the handler calls. */
const ACTIONS: Readonly<Record<Action, string>> = {
  list: 'Query',
  read: 'GetItem',
  create: 'PutItem',
  write: 'PutItem',
  delete: 'DeleteItem',
};

/** Returns the role of a route with a table, for serverless.yml: what the engine needs, and one action on the table. */
export const roleEntry = (
  { roleName, checkDatabase, name }: Route,
  { action, resource }: RouteStore,
): string => `${roleName}:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: \${file(${ROLES}):assumedByLambda}
    Policies:
      - { PolicyName: logs, PolicyDocument: '\${file(${ROLES}):mayLog}' }
      - { PolicyName: ${checkDatabase ? 'sessions' : 'verify'}, PolicyDocument: '\${file(${ROLES}):${checkDatabase ? 'mayKeepSessions' : 'mayVerify'}}' }
      - PolicyName: ${name}
        PolicyDocument:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action: dynamodb:${ACTIONS[action]}
              Resource: !GetAtt ${resource}.Arn
`;
