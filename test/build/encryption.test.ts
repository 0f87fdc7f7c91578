import { encryptWith, type KeyArn } from '../../lib/build/encryption.ts';
import type { Template } from '../../lib/build/existing-tables.ts';
import { parameterFaults } from '../../lib/build/parameter-faults.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OWN_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/own';

const roleArn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

function encrypted(key: KeyArn = KEY): Template['Resources'] {
  const template: Template = {
    Resources: {
      Table: { Type: 'AWS::DynamoDB::Table', Properties: { SSESpecification: { SSEEnabled: false } } },
      BareTable: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      OwnTable: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: OWN_KEY } },
      },
      Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'log' } },
      OwnLog: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: OWN_KEY } },
      Auth: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'auth', Role: roleArn('Role') } },
      Own: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: 'own', Role: roleArn('Role'), KmsKeyArn: OWN_KEY },
      },
      Elsewhere: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: 'elsewhere', Role: 'arn:aws:iam::123456789012:role/elsewhere' },
      },
      Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'logs' }] } },
      OtherRole: { Type: 'AWS::IAM::Role', Properties: {} },
    },
  };
  encryptWith(key, template);
  return template.Resources;
}

test('a key encrypts tables, logs and environments, and replaces no key of their own', () => {
  const { Table, BareTable, OwnTable, Log, OwnLog, Auth, Own } = encrypted();
  const byKey = (key: KeyArn) => ({ SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key } });
  expect([Table?.Properties, BareTable?.Properties, OwnTable?.Properties]).toEqual([
    byKey(KEY),
    byKey(KEY),
    byKey(OWN_KEY),
  ]);
  expect([Log?.Properties.KmsKeyId, OwnLog?.Properties.KmsKeyId]).toEqual([KEY, OWN_KEY]);
  expect([Auth?.Properties.KmsKeyArn, Own?.Properties.KmsKeyArn]).toEqual([KEY, OWN_KEY]);
});

test("a function's role may use the key through DynamoDB, and decrypt the environment of its functions alone", () => {
  const { Role } = encrypted();
  const [logs, encryption] = (Role?.Properties.Policies ?? []) as { PolicyDocument?: object }[];
  expect(logs).toEqual({ PolicyName: 'logs' });
  expect(encryption?.PolicyDocument).toMatchObject({
    Statement: [
      { Effect: 'Allow', Resource: KEY, Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*' } } },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY,
        Condition: {
          StringEquals: {
            'kms:EncryptionContext:aws:lambda:FunctionArn': [
              { 'Fn::Sub': [expect.stringContaining(`:function:\${Name}`), { Name: 'auth' }] },
            ],
          },
        },
      },
    ],
  });
});

test('a role of no function gets no permission on the key', () => {
  expect(encrypted().OtherRole?.Properties).toEqual({});
});

test('the key may be another resource of the stack', () => {
  const key = { 'Fn::GetAtt': ['Key', 'Arn'] };
  expect(encrypted(key).Log?.Properties.KmsKeyId).toEqual(key);
});

const faultsOf = (kmsKeyArn: unknown): string[] =>
  parameterFaults({
    parameters: { kmsKeyArn },
    monitoring: { alarms: 'off', alarmTopicArn: '', metrics: 'off' },
  }).filter((fault) => fault.includes('kmsKeyArn'));

test.each([
  '',
  KEY,
  KEY.replace('arn:aws:', 'arn:aws-cn:'),
  KEY.replace('1234abcd-12ab', 'mrk-1234abcd'),
  { 'Fn::GetAtt': ['Key', 'Arn'] },
])('the parameter kmsKeyArn may be %j', (value) => {
  expect(faultsOf(value)).toEqual([]);
});

test.each(['alias/sessions', '1234abcd-12ab-34cd-56ef-1234567890ab', KEY.replace('key/', 'alias/'), null, `${KEY} `])(
  'the parameter kmsKeyArn must not be %j',
  (value) => {
    expect(faultsOf(value)).toEqual([expect.stringMatching(/^The parameter kmsKeyArn must be the ARN of a KMS key/)]);
  },
);
