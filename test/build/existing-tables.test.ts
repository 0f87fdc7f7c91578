import {
  existingTableFaults,
  existingTables,
  leaveOut,
  retainExceptOnCreate,
  type Template,
  unprotectNewTables,
} from '../../lib/build/existing-tables.ts';

const makeTemplate = (): Template => ({
  Resources: {
    Sessions: {
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { TableName: 'shop-prod-sessions', DeletionProtectionEnabled: 'true' },
    },
    Likes: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { TableName: 'shop-prod-likes', DeletionProtectionEnabled: true },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Resource: [{ 'Fn::GetAtt': ['Sessions', 'Arn'] }, { 'Fn::GetAtt': 'Likes.Arn' }],
        Name: { Ref: 'Likes' },
      },
    },
  },
});

const ARN = `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/\${Name}`;

test.each([
  ['', []],
  ['Sessions', ['Sessions']],
  ['Sessions, Likes', ['Sessions', 'Likes']],
  ['all', ['Sessions', 'Likes']],
])('the parameter existingTables "%s" names %j', (given, ids) => {
  expect(existingTables(given, makeTemplate())).toEqual(ids);
});

test('an id that is none of a table is a fault, with the ids that there are', () => {
  expect(existingTableFaults('Session,Likes,Role', makeTemplate())).toEqual([
    'The parameter existingTables names Session, but resources has these tables: Sessions, Likes',
    'The parameter existingTables names Role, but resources has these tables: Sessions, Likes',
  ]);
});

test('a role refers by name to a table that is left out', () => {
  const template = makeTemplate();
  leaveOut(['Sessions', 'Likes'], template);
  expect(template.Resources).toEqual({
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Resource: [
          { 'Fn::Sub': [ARN, { Name: 'shop-prod-sessions' }] },
          { 'Fn::Sub': [ARN, { Name: 'shop-prod-likes' }] },
        ],
        Name: 'shop-prod-likes',
      },
    },
  });
});

test('a template without existing tables stays as it is', () => {
  const template = makeTemplate();
  leaveOut([], template);
  expect(template).toEqual(makeTemplate());
});

test('a retained table is deleted if the deployment that creates it fails', () => {
  const template = makeTemplate();
  retainExceptOnCreate(template);
  expect(template.Resources.Sessions).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
  expect(template.Resources.Likes?.DeletionPolicy).toBeUndefined();
});

test('tables are protected from their second deployment on', () => {
  const first = makeTemplate();
  expect(unprotectNewTables(new Set(), first)).toEqual(['Sessions', 'Likes']);
  expect(first.Resources.Sessions?.Properties.DeletionProtectionEnabled).toBe(false);
  const second = makeTemplate();
  expect(unprotectNewTables(new Set(['Sessions']), second)).toEqual(['Likes']);
  expect(second.Resources.Sessions?.Properties.DeletionProtectionEnabled).toBe('true');
});
