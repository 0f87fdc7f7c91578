import { ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { existingTables, leaveOut, retainExceptOnCreate, unprotectNewTables } from './existing-tables.ts';
import type { Serverless, ServerlessService } from './serverless-service.ts';

/** Leaves out the tables that exist already, so that a deployment can be repeated after it failed, or after `remove`. */
export function leaveOutExistingTables(service: ServerlessService): void {
  const template = service.provider.compiledCloudFormationTemplate;
  leaveOut(existingTables(givenTables(service), template), template);
  retainExceptOnCreate(template);
}

/**
 * Protects tables from deletion from their second deployment on, and prints which ones are new.
 * @throws the Serverless Framework's own error if the stack has a table that `existingTables` names
 */
export async function protectDeployedTables(serverless: Serverless): Promise<void> {
  const { stage, compiledCloudFormationTemplate: template } = serverless.service.provider;
  const deployed = await deployedResources(serverless);
  refuseDeployedTables(serverless, deployed);
  const names = unprotectNewTables(deployed, template);
  if (names.length === 0) return;
  serverless.cli.log(
    `New tables of ${stage} have no deletion protection until the next deployment: ${names.join(', ')}`,
  );
}

const givenTables = ({ custom }: ServerlessService): string => String(custom.engine.existingTables ?? '');

/** @returns the ids of the stack's resources; none if there is no stack yet */
async function deployedResources(serverless: Serverless): Promise<ReadonlySet<string>> {
  const aws = serverless.getProvider('aws');
  const client = await aws.getCloudFormationClient();
  const ids = new Set<string>();
  let NextToken: string | undefined;
  do {
    const command = new ListStackResourcesCommand({ StackName: aws.naming.getStackName(), NextToken });
    const page = await client.send(command);
    for (const { LogicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId !== undefined && ResourceStatus !== 'DELETE_COMPLETE') ids.add(LogicalResourceId);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return ids;
}

/** CloudFormation would remove such tables from the stack, and delete them if their deletion policy is `Delete`. */
function refuseDeployedTables(serverless: Serverless, deployed: ReadonlySet<string>): void {
  const known = existingTables(givenTables(serverless.service), serverless.service.resources).filter((id) =>
    deployed.has(id),
  );
  if (known.length === 0) return;
  throw new serverless.classes.Error(
    `The stack has these tables already: ${known.join(', ')}. Remove them from the parameter existingTables.`,
  );
}
