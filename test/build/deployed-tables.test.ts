import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import ServerlessEngine from '../../lib/build/serverless-engine.ts';
import type { Resource, Serverless } from '../../lib/build/serverless-service.ts';
import { type StubAws, startStubAws } from '../fixtures/stub-aws.ts';

let aws: StubAws;
beforeAll(async () => {
  aws = await startStubAws();
});
afterAll(() => aws.stop());

/** A page of CloudFormation's answer to ListStackResources. */
const page = (resources: Readonly<Record<string, string>>, next = ''): string => {
  const members = Object.entries(resources).map(
    ([id, status]) =>
      `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceStatus>${status}</ResourceStatus></member>`,
  );
  const result = `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>${next}`;
  return `<ListStackResourcesResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
    <ListStackResourcesResult>${result}</ListStackResourcesResult></ListStackResourcesResponse>`;
};

const table = (): Resource => ({ Type: 'AWS::DynamoDB::Table', Properties: { DeletionProtectionEnabled: true } });

/** Runs the plugin where a deployment has its stack, and has not uploaded the template. */
async function deploy(Resources: Record<string, Resource>, existingTables = ''): Promise<string[]> {
  const printed: string[] = [];
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const client = new CloudFormationClient({ region: 'us-east-1', endpoint: aws.endpoint, credentials });
  const serverless = {
    service: {
      provider: { stage: 'prod', compiledCloudFormationTemplate: { Resources } },
      custom: { engine: { existingTables } },
      resources: { Resources },
    },
    processedInput: { commands: ['deploy'], options: {} },
    configurationInput: { params: { prod: {} } },
    configSchemaHandler: { schema: { properties: { provider: { properties: { region: {} } } } } },
    extendConfiguration: () => undefined,
    getProvider: () => ({ getCloudFormationClient: async () => client, naming: { getStackName: () => 'shop-prod' } }),
    cli: { log: (line: string) => printed.push(line) },
    classes: { Error },
  };
  const { hooks } = new ServerlessEngine(serverless as unknown as Serverless);
  await hooks['before:aws:deploy:deploy:checkForChanges']?.();
  client.destroy();
  return printed;
}

test('a table stays protected from its second deployment on, on whichever page CloudFormation lists it', async () => {
  aws.answers = [
    { status: 200, body: page({ Sessions: 'CREATE_COMPLETE' }, '<NextToken>2</NextToken>') },
    { status: 200, body: page({ Users: 'UPDATE_COMPLETE', Notes: 'DELETE_COMPLETE' }) },
  ];
  const tables = { Sessions: table(), Users: table(), Notes: table(), Likes: table() };
  expect(await deploy(tables)).toEqual([
    'New tables of prod have no deletion protection until the next deployment: Notes, Likes',
  ]);
  const isProtected = Object.entries(tables).map(([id, { Properties }]) => [id, Properties.DeletionProtectionEnabled]);
  expect(Object.fromEntries(isProtected)).toEqual({ Sessions: true, Users: true, Notes: false, Likes: false });
});

test('a deployment that creates no table prints nothing', async () => {
  aws.answers = [{ status: 200, body: page({ Sessions: 'UPDATE_COMPLETE' }) }];
  expect(await deploy({ Sessions: table() })).toEqual([]);
});

test('a table that the stack has is rejected in existingTables, because CloudFormation would delete it', async () => {
  aws.answers = [{ status: 200, body: page({ Sessions: 'CREATE_COMPLETE' }) }];
  await expect(deploy({ Sessions: table(), Users: table() }, 'all')).rejects.toThrow(
    'The stack has these tables already: Sessions. Remove them from the parameter existingTables.',
  );
});
