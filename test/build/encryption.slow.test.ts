import { serviceName } from '../../lib/dev/service.ts';
import { snippetsOf } from '../fixtures/markdown.ts';
import { packageWithoutCode, type StackTemplate } from '../fixtures/packaged-template.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

let template: StackTemplate;
beforeAll(async () => {
  template = await packageWithoutCode('dev', {}, 'serverless.yml', ['--param', `kmsKeyArn=${KEY}`]);
}, 300_000);

const propertiesOf = (type: string) => template.ofType(type).map(([, { Properties }]) => Properties);

test('the key encrypts every table, every log and every environment of the packaged service', () => {
  const tables = propertiesOf('AWS::DynamoDB::Table');
  const logs = propertiesOf('AWS::Logs::LogGroup');
  const functions = propertiesOf('AWS::Lambda::Function');
  // The API's access log is a log group of its own.
  expect([tables.length, logs.length]).toEqual([6, functions.length + 1]);
  for (const { SSESpecification } of tables) {
    expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY });
  }
  for (const { KmsKeyId } of logs) expect(KmsKeyId).toBe(KEY);
  for (const { KmsKeyArn } of functions) expect(KmsKeyArn).toBe(KEY);
});

test("every function's role may use the key under a condition, and no role may without", () => {
  const functions = propertiesOf('AWS::Lambda::Function');
  for (const { FunctionName, Role } of functions) {
    const role = template.resources[Role['Fn::GetAtt'][0]];
    const policy = role?.Properties.Policies.find(
      ({ PolicyName }: { PolicyName: string }) => PolicyName === 'encryption',
    );
    const [tables, environment] = policy.PolicyDocument.Statement;
    expect(tables.Condition).toEqual({ StringLike: { 'kms:ViaService': 'dynamodb.*' } });
    expect(JSON.stringify(environment.Condition)).toContain(`{"Name":"${FunctionName}"}`);
    expect(policy.PolicyDocument.Statement).toHaveLength(2);
  }
  for (const { Policies } of propertiesOf('AWS::IAM::Role')) {
    const others = Policies.filter(({ PolicyName }: { PolicyName: string }) => PolicyName !== 'encryption');
    expect(JSON.stringify(others)).not.toContain('kms:');
  }
});

test("the key's policy in docs/deploying.md covers every log group of the stage, and no other stage's", async () => {
  const [snippet] = snippetsOf('docs/deploying.md').filter(({ language }) => language === 'json');
  const [, logs] = JSON.parse((snippet?.text ?? '').replaceAll('shop-api-prod', `${await serviceName()}-dev`));
  expect(logs.Principal).toEqual({ Service: 'logs.eu-central-1.amazonaws.com' });
  const patterns: string[] = logs.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'];
  const isCovered = (name: string): boolean =>
    patterns.some((pattern) =>
      new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(`arn:aws:logs:eu-central-1:123456789012:log-group:${name}`),
    );
  const names = propertiesOf('AWS::Logs::LogGroup').map(({ LogGroupName }) => LogGroupName as string);
  expect(names.filter((name) => !isCovered(name))).toEqual([]);
  expect(names.map((name) => name.replace('-dev', '-prod')).filter(isCovered)).toEqual([]);
});
