import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listenOnLoopback } from '../fixtures/loopback.ts';
import { ok, startStubDynamoDb } from '../fixtures/stub-dynamodb.ts';

let home: string;
const servers: Server[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(home, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return `http://127.0.0.1:${await listenOnLoopback(server)}`;
}

async function writeHome(name: string, text: string): Promise<void> {
  await mkdir(join(home, name, '..'), { recursive: true });
  await writeFile(join(home, name), text);
}

/**
 * Runs `npm run sessions` on a machine with that home and those variables, and returns the access key id and the session
 * token that DynamoDB sees.
 */
async function signedRequest(environment: Readonly<Record<string, string>>) {
  const stub = await startStubDynamoDb(() => ok({ Items: [], Count: 0 }));
  // Not the name of a local DynamoDB, which needs no credentials of AWS.
  const endpoint = stub.endpoint.replace('127.0.0.1', '0.0.0.0');
  const args = ['lib/tools/operator/sessions.ts', 'list', 'ann', '--stage', 'prod', '--endpoint', endpoint];
  try {
    await promisify(execFile)(process.execPath, args, { env: { ...bareEnvironment(), ...environment } }).catch(
      ({ code, stderr }) => {
        // ann has no session.
        if (code !== 3) throw new Error(stderr);
      },
    );
    const { authorization = '', 'x-amz-security-token': token } = stub.requests[0]?.headers ?? {};
    return { accessKeyId: /Credential=([^/]+)/.exec(authorization)?.[1], token };
  } finally {
    await stub.stop();
  }
}

const bareEnvironment = () => ({
  PATH: process.env.PATH,
  HOME: home,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-central-1',
});

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

test('of the environment', async () => {
  const variables = { AWS_ACCESS_KEY_ID: 'OF-VARIABLES', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  expect(await signedRequest(variables)).toEqual({ accessKeyId: 'OF-VARIABLES', token: 'token' });
});

test('of a profile with a process', async () => {
  const answer = {
    Version: 1,
    AccessKeyId: 'OF-PROCESS',
    SecretAccessKey: 's',
    SessionToken: 't',
    Expiration: IN_AN_HOUR,
  };
  await writeHome('answer.json', JSON.stringify(answer));
  await writeHome('.aws/config', `[profile work]\ncredential_process = cat ${join(home, 'answer.json')}\n`);
  expect(await signedRequest({ AWS_PROFILE: 'work' })).toEqual({ accessKeyId: 'OF-PROCESS', token: 't' });
});

test('of a role that a profile assumes', async () => {
  const sts = await serve((_request, response) =>
    response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
      <AccessKeyId>OF-ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
      <Expiration>${IN_AN_HOUR}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`),
  );
  await writeHome('.aws/credentials', '[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n');
  const role = 'role_arn = arn:aws:iam::123456789012:role/operator\nsource_profile = base\n';
  await writeHome('.aws/config', `[profile work]\n${role}`);
  expect(await signedRequest({ AWS_PROFILE: 'work', AWS_ENDPOINT_URL_STS: sts })).toEqual({
    accessKeyId: 'OF-ROLE',
    token: 't',
  });
});

test('of a profile with an sso_session', async () => {
  const roleCredentials = {
    accessKeyId: 'OF-SSO',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: Date.parse(IN_AN_HOUR),
  };
  const portal = await serve((_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ roleCredentials })),
  );
  await writeHome(
    '.aws/config',
    `[profile work]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = operator
[sso-session us]\nsso_start_url = https://us.awsapps.com/start\nsso_region = eu-central-1\n`,
  );
  // As aws sso login leaves it.
  const cached = { accessToken: 'a', expiresAt: IN_AN_HOUR, region: 'eu-central-1' };
  await writeHome(`.aws/sso/cache/${createHash('sha1').update('us').digest('hex')}.json`, JSON.stringify(cached));
  expect(await signedRequest({ AWS_PROFILE: 'work', AWS_ENDPOINT_URL_SSO: portal })).toEqual({
    accessKeyId: 'OF-SSO',
    token: 't',
  });
});

test.each([
  ['that does not exist', '', /no AWS credentials for stage prod at .*work/s],
  [
    'whose sso_session has expired',
    `[profile work]\nsso_session = us\nsso_account_id = 1\nsso_role_name = operator
[sso-session us]\nsso_start_url = https://us.awsapps.com/start\nsso_region = eu-central-1\n`,
    /no AWS credentials for stage prod at .*aws sso login/s,
  ],
])('a profile %s is an error that names the cause', async (_what, config, message) => {
  await writeHome('.aws/config', config);
  await expect(signedRequest({ AWS_PROFILE: 'work' })).rejects.toThrow(message);
});
