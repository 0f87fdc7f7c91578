import { ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  existingTables,
  leaveOut,
  retainExceptOnCreate,
  type Template,
  unprotectNewTables,
} from './existing-tables.ts';
import type { Serverless } from './serverless-service.ts';

/**
 * A Serverless plugin that lets a deployment be repeated after it failed, or after `remove`. It leaves out the tables that exist
 * already, and protects tables from deletion from their second deployment on.
 */
export default class ServerlessExistingTables {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(serverless: Serverless) {
    const { service } = serverless;
    this.hooks = {
      // The resources are in the template, which is not written yet.
      async 'after:aws:package:finalize:mergeCustomProviderResources'() {
        const template = templateOf(serverless);
        leaveOut(existingTables(givenTables(serverless), template), template);
        retainExceptOnCreate(template);
      },
      // The stack exists, and the template is not uploaded yet.
      async 'before:aws:deploy:deploy:checkForChanges'() {
        const deployed = await deployedResources(serverless);
        refuseDeployedTables(serverless, deployed);
        const names = unprotectNewTables(deployed, templateOf(serverless));
        if (names.length === 0) return;
        serverless.cli.log(
          `New tables of ${service.provider.stage} have no deletion protection until the next deployment: ${names.join(', ')}`,
        );
      },
    };
  }
}

const templateOf = ({ service }: Serverless): Template => service.provider.compiledCloudFormationTemplate;
const givenTables = ({ service }: Serverless): string => String(service.custom.engine.existingTables ?? '');

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
  const given = givenTables(serverless);
  const template = { Resources: serverless.service.resources.Resources };
  const known = existingTables(given, template).filter((id) => deployed.has(id));
  if (known.length === 0) return;
  throw new serverless.classes.Error(
    `The stack has these tables already: ${known.join(', ')}. Remove them from the parameter existingTables.`,
  );
}
