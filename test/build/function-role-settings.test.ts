import { completeRoles } from '../../lib/build/function-role-settings.ts';
import type { Resource } from '../../lib/build/serverless-service.ts';

const VPC = { securityGroupIds: ['sg-1'], subnetIds: ['subnet-1'] };
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary';
const POLICY = {
  'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`,
};

const makeResources = (): Record<string, Resource> => ({
  VerifyRole: { Type: 'AWS::IAM::Role', Properties: {} },
  SessionRole: {
    Type: 'AWS::IAM::Role',
    Properties: { ManagedPolicyArns: ['arn:own'], PermissionsBoundary: 'arn:own' },
  },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
});

const functions = {
  info: { name: 'info', role: 'VerifyRole' },
  auth: { name: 'auth', role: 'SessionRole' },
  elsewhere: { name: 'elsewhere', role: 'arn:aws:iam::123456789012:role/other' },
};

const complete = (provider: object, changed: object = {}): Record<string, Resource> => {
  const Resources = makeResources();
  completeRoles({ functions: { ...functions, ...changed }, provider, resources: { Resources } });
  return Resources;
};

test('without a VPC and a boundary the roles stay as they are', () => {
  expect(complete({})).toEqual(makeResources());
});

test('functions in a VPC may have network interfaces', () => {
  const { VerifyRole, SessionRole, Table } = complete({ vpc: VPC });
  expect(VerifyRole?.Properties).toEqual({ ManagedPolicyArns: [POLICY] });
  expect(SessionRole?.Properties.ManagedPolicyArns).toEqual(['arn:own', POLICY]);
  expect(Table?.Properties).toEqual({});
});

test("a function's own vpc comes before the provider's, and null is none", () => {
  const own = complete({}, { info: { ...functions.info, vpc: VPC } });
  expect(own.VerifyRole?.Properties.ManagedPolicyArns).toEqual([POLICY]);
  expect(own.SessionRole?.Properties.ManagedPolicyArns).toEqual(['arn:own']);
  const out = complete({ vpc: VPC }, { info: { ...functions.info, vpc: null } });
  expect(out.VerifyRole?.Properties).toEqual({});
});

test('every role gets the permissions boundary, unless it has its own', () => {
  const { VerifyRole, SessionRole, Table } = complete({ iam: { role: { permissionsBoundary: BOUNDARY } } });
  expect(VerifyRole?.Properties).toEqual({ PermissionsBoundary: BOUNDARY });
  expect(SessionRole?.Properties.PermissionsBoundary).toBe('arn:own');
  expect(Table?.Properties).toEqual({});
});
