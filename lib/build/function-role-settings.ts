import type { Resource, ServerlessFunction, ServerlessService } from './serverless-service.ts';

/** Lets a function create and delete the network interfaces by which it is in a VPC, and write its log. */
const VPC_POLICY = `arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`;

type Service = Pick<ServerlessService, 'functions' | 'resources'> & {
  readonly provider: Pick<ServerlessService['provider'], 'vpc' | 'iam'>;
};

/**
 * Gives the roles in `resources` the permissions boundary, and the permissions of functions in a VPC. The Serverless
 * Framework gives these only to the role that it makes itself.
 */
export function completeRoles({ functions, provider, resources }: Service): void {
  const boundary = provider.iam?.role?.permissionsBoundary;
  for (const { Properties } of Object.values(resources.Resources).filter(isRole)) {
    if (boundary !== undefined) Properties.PermissionsBoundary ??= boundary;
  }
  for (const id of rolesInVpc(functions, provider.vpc)) {
    const role = resources.Resources[id];
    if (role !== undefined && isRole(role)) addPolicy(role);
  }
}

const isRole = ({ Type }: Resource): boolean => Type === 'AWS::IAM::Role';

/** A function's own `vpc` comes first, and `null` takes the function out of the VPC. */
function rolesInVpc(functions: Readonly<Record<string, ServerlessFunction>>, common: unknown): Set<string> {
  const inVpc = Object.values(functions).filter(({ vpc = common }) => vpc !== undefined && vpc !== null);
  return new Set(inVpc.flatMap(({ role }) => (typeof role === 'string' ? [role] : [])));
}

function addPolicy({ Properties }: Resource): void {
  const present = (Properties.ManagedPolicyArns ?? []) as readonly unknown[];
  Properties.ManagedPolicyArns = [...present, { 'Fn::Sub': VPC_POLICY }];
}
