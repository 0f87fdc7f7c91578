import { readUserServiceConfig } from '../../lib/config/user-service-config.ts';

const TABLES = { CORE_USERS_TABLE: 'core-users', USERS_TABLE: 'users', AWS_REGION: 'eu-west-1' };
const NAMED = { THIRD_PARTY_SECRET_NAME: 'app/sign-in' };
const DISCOVERY = 'oidcDiscoveryEndpoint=https://id.example.com/.well-known/openid-configuration';
const TENANT = '11111111-2222-3333-4444-555555555555';

const read = (environment: Readonly<Record<string, string>>) =>
  readUserServiceConfig({ ...TABLES, ...environment }).thirdParty;

test('without clients there is nothing', () => {
  expect(read({})).toEqual({ clients: [], secrets: undefined });
});

test('clients have an id at the provider, and further settings', () => {
  const { clients } = read({
    ...NAMED,
    THIRD_PARTY_CLIENTS: `google=1234.apps.googleusercontent.com; apple=com.example.web,keyId=K,teamId=T;active-directory=abc,directoryId=${TENANT};mine=client=1,name=My company,${DISCOVERY}`,
  });
  expect(clients).toEqual([
    { thirdPartyId: 'google', clientId: '1234.apps.googleusercontent.com', additionalConfig: {} },
    { thirdPartyId: 'apple', clientId: 'com.example.web', additionalConfig: { keyId: 'K', teamId: 'T' } },
    { thirdPartyId: 'active-directory', clientId: 'abc', additionalConfig: { directoryId: TENANT } },
    {
      thirdPartyId: 'mine',
      clientId: 'client=1',
      name: 'My company',
      oidcDiscoveryEndpoint: 'https://id.example.com/.well-known/openid-configuration',
      additionalConfig: {},
    },
  ]);
});

test('secrets are in Secrets Manager, in the region of the function, or in development in the environment', () => {
  expect(read(NAMED).secrets).toEqual({ kind: 'secrets-manager', name: 'app/sign-in', region: 'eu-west-1' });
  const json = '{"google":"abc"}';
  expect(read({ ...NAMED, THIRD_PARTY_SECRETS: json }).secrets).toEqual({ kind: 'environment', json });
});

test.each([
  ['google', 'be <provider>=<client id>'],
  ['google=', 'be <provider>=<client id>'],
  ['google=a,scope', 'be <provider>=<client id>'],
  ['Google=a', 'be <provider>=<client id>'],
  ['google=a;google=b', 'name a provider once'],
  ['apple=a', 'have keyId for apple'],
  ['apple=a,keyId=k', 'have teamId for apple'],
  ['active-directory=a', 'have directoryId for active-directory'],
  ['active-directory=a,directoryId=common', 'have the id of one tenant'],
  ['mine=a', 'have an oidcDiscoveryEndpoint for mine'],
  [`mine=a,${DISCOVERY.replace('https', 'http')}`, 'have an https URL'],
  ['mine=a,oidcDiscoveryEndpoint=https://id.example.com', 'that ends with /.well-known/openid-configuration'],
])('THIRD_PARTY_CLIENTS=%s must %s', (clients, rule) => {
  expect(() => read({ ...NAMED, THIRD_PARTY_CLIENTS: clients })).toThrow(`THIRD_PARTY_CLIENTS must `);
  expect(() => read({ ...NAMED, THIRD_PARTY_CLIENTS: clients })).toThrow(rule);
});

test.each([
  [{ THIRD_PARTY_CLIENTS: 'google=a' }, 'THIRD_PARTY_SECRET_NAME must be set'],
  [{ THIRD_PARTY_SECRET_NAME: 'arn:aws:secretsmanager:x' }, 'not its ARN'],
  [{ THIRD_PARTY_SECRETS: 'hunter2' }, 'be a JSON object of texts'],
  [{ THIRD_PARTY_SECRETS: '{"google":{}}' }, 'be a JSON object of texts'],
  [{ THIRD_PARTY_SECRETS: '[]', THIRD_PARTY_SECRET_NAME: 'a b' }, 'the name of a secret'],
])('%j is refused: %s', (environment, fault) => {
  expect(() => read(environment)).toThrow(fault);
});
