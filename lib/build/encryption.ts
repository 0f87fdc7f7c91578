import type { Template } from './existing-tables.ts';
import type { Resource } from './serverless-service.ts';

/** The ARN of a KMS key, or a CloudFormation function that returns it. */
export type KeyArn = string | object;

/**
 * Encrypts every table, every log group and every function's environment with one key, and lets the functions' roles use the
 * key for that. A resource that names a key of its own keeps it.
 */
export function encryptWith(key: KeyArn, template: Template): void {
  for (const { Type, Properties } of Object.values(template.Resources)) SETTINGS[Type]?.(Properties, key);
  for (const [role, functionNames] of functionsByRole(key, template)) {
    const resource = template.Resources[role];
    if (resource?.Type === 'AWS::IAM::Role') allowKey(resource, key, functionNames);
  }
}

const SETTINGS: Readonly<Record<string, (properties: Resource['Properties'], key: KeyArn) => void>> = {
  'AWS::DynamoDB::Table'(properties, key) {
    const { KMSMasterKeyId: own } = (properties.SSESpecification ?? {}) as { KMSMasterKeyId?: unknown };
    if (own === undefined) properties.SSESpecification = { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key };
  },
  'AWS::Logs::LogGroup'(properties, key) {
    properties.KmsKeyId ??= key;
  },
  'AWS::Lambda::Function'(properties, key) {
    properties.KmsKeyArn ??= key;
  },
};

/** Returns the ids of the functions' roles in the template, each with the names of those functions that use the key. */
function functionsByRole(key: KeyArn, { Resources }: Template): Map<string, unknown[]> {
  const names = new Map<string, unknown[]>();
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const { 'Fn::GetAtt': [role] = [] } = Properties.Role as { 'Fn::GetAtt'?: readonly string[] };
    if (role === undefined) continue;
    const used = Properties.KmsKeyArn === key ? [Properties.FunctionName] : [];
    names.set(role, [...(names.get(role) ?? []), ...used]);
  }
  return names;
}

function allowKey({ Properties }: Resource, key: KeyArn, functionNames: readonly unknown[]): void {
  const Statement = [useTables(key), ...(functionNames.length === 0 ? [] : [readEnvironment(key, functionNames)])];
  const policy = { PolicyName: 'encryption', PolicyDocument: { Version: '2012-10-17', Statement } };
  Properties.Policies = [...((Properties.Policies ?? []) as readonly unknown[]), policy];
}

/**
 * DynamoDB calls KMS with the permissions of its caller. The role's other policies say which tables these are.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const useTables = (key: KeyArn) => ({
  Effect: 'Allow',
  Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
  Resource: key,
  Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*' } },
});

/**
 * Lambda decrypts a function's environment with the permissions of the function's role.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
const readEnvironment = (key: KeyArn, functionNames: readonly unknown[]) => ({
  Effect: 'Allow',
  Action: 'kms:Decrypt',
  Resource: key,
  Condition: { StringEquals: { 'kms:EncryptionContext:aws:lambda:FunctionArn': functionNames.map(functionArn) } },
});

const functionArn = (name: unknown) => ({
  'Fn::Sub': [`arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${Name}`, { Name: name }],
});
