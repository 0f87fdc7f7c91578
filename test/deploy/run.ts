// npm run test:deploy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { makeRunFolder, removeRunFolder } from '../run-folder.ts';
import { logIn, makeUser, resetPassword, runFlow, runSchedule } from './flow.ts';
import { type HttpApi, startHttpApi } from './http-api.ts';
import { type Lambda, startLambda } from './lambda.ts';
import { type Aws, installMoto, startAws } from './moto.ts';
import { installRuntimeClient } from './runtime-client.ts';
import { clientOptions, makeResetToken, readItems, readStack, serverless } from './service.ts';

const skip = (await installMoto()) ?? false;

let aws: Aws;
let runtimeClient: string;
before(async () => {
  if (skip) return;
  await makeRunFolder();
  [aws, runtimeClient] = await Promise.all([startAws(), installRuntimeClient()]);
});
after(async () => {
  await aws?.stop();
  await removeRunFolder();
});

const deploy = async (command: string, stage: string, ...options: string[]): Promise<void> => {
  const { exitCode, output } = await serverless(aws.endpoint, command, stage, ...options);
  assert.equal(exitCode, 0, output);
};

/** Starts the stage's functions behind its routes, with IAM enforced until it ends. */
async function withStage(stage: string, use: (api: HttpApi, lambda: Lambda) => Promise<void>): Promise<void> {
  const stack = await readStack(aws.endpoint, stage);
  const lambda = await startLambda(aws, stack, runtimeClient);
  const api = await startHttpApi(stack, lambda);
  try {
    await use(api, lambda);
  } finally {
    await api.stop();
    await lambda.stop();
  }
}

const user = makeUser();

test('a new stage is deployed, and every function works with its own role', { skip }, async () => {
  await deploy('deploy', 'dev');
  await withStage('dev', async (api, lambda) => {
    await runFlow(api, 'header', makeUser());
    await runFlow(api, 'cookie', makeUser());
    await runSchedule(lambda);
    await resetPassword(api, async (userId, email) => {
      // The roles' permissions are for the functions alone.
      await aws.enforceIam(false);
      const token = await makeResetToken(aws.endpoint, 'dev', userId, email);
      await aws.enforceIam(true);
      return token;
    });
  });
});

test('a function whose role lost a permission fails', { skip }, async () => {
  const { resources } = await readStack(aws.endpoint, 'dev');
  assert.equal(resources.VerifyRole?.Type, 'AWS::IAM::Role');
  const iam = new IAMClient(clientOptions(aws.endpoint));
  const RoleName = (await (await readStack(aws.endpoint, 'dev')).readFunction('GreetingLambdaFunction')).role
    .split('/')
    .at(-1);
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'verify' }));
  await withStage('dev', async (api) => {
    await assert.rejects(runFlow(api, 'header', makeUser()), /GET \/health answers 503/);
  });
});

test('prod is deployed next to it, and protects its tables from the second deployment on', { skip }, async () => {
  await deploy('deploy', 'prod');
  assert.equal(
    (await readStack(aws.endpoint, 'prod')).resources.UsersTable?.Properties.DeletionProtectionEnabled,
    false,
  );
  await withStage('prod', async (api) => {
    await runFlow(api, 'cookie', user);
  });
  await deploy('deploy', 'prod');
  assert.equal(
    (await readStack(aws.endpoint, 'prod')).resources.UsersTable?.Properties.DeletionProtectionEnabled,
    true,
  );
  await withStage('prod', (api) => logIn(api, user));
});

test('prod is removed, fails to deploy without existingTables, deploys with it, and its users are still there', {
  skip,
}, async () => {
  const items = await readItems(aws.endpoint, 'prod');
  assert.ok(items.length > 0);
  await deploy('remove', 'prod');
  const { exitCode, output } = await serverless(aws.endpoint, 'deploy', 'prod');
  assert.notEqual(exitCode, 0);
  assert.match(output, /Table already exists: .+-prod-\w+/);
  assert.deepEqual(await readItems(aws.endpoint, 'prod'), items, 'the deployment that failed changes no item');
  await deploy('deploy', 'prod', '--param', 'existingTables=all');
  const { resources } = await readStack(aws.endpoint, 'prod');
  assert.deepEqual(
    Object.values(resources).filter(({ Type }) => Type === 'AWS::DynamoDB::Table'),
    [],
  );
  await withStage('prod', async (api) => {
    await logIn(api, user);
    await runFlow(api, 'header', makeUser());
  });
});
