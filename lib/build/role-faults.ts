import type { ServerlessFunction, ServerlessService } from './serverless-service.ts';

/**
 * Returns a fault for each function without a role of its own. The Serverless Framework would give such functions a role that
 * they share, and that may read no table.
 */
export function roleFaults({ functions, resources }: Pick<ServerlessService, 'functions' | 'resources'>): string[] {
  return Object.entries(functions).flatMap(([name, { role }]) => {
    if (role === undefined || role === null || role === '') {
      return [`The function ${name} has no role. Give it one in serverless.yml, such as role: VerifyRole`];
    }
    return isKnown(role, resources)
      ? []
      : [`The function ${name} has the role ${role}, but resources has no AWS::IAM::Role of that name`];
  });
}

/** A role elsewhere has an ARN. A CloudFormation function is known only when the stack is deployed. */
const isKnown = (
  role: NonNullable<ServerlessFunction['role']>,
  { Resources }: ServerlessService['resources'],
): boolean => typeof role !== 'string' || role.startsWith('arn:') || Resources[role]?.Type === 'AWS::IAM::Role';
