import { environmentFaults } from '../../lib/build/environment-faults.ts';
import type { ServerlessService } from '../../lib/build/serverless-service.ts';

const service = (environment: Readonly<Record<string, string>>) =>
  ({
    provider: { environment: { PUBLISHED_KEYS_TABLE: 'published-keys', API_BASE_PATH: '/auth' } },
    functions: { user: { environment: { CORE_USERS_TABLE: 'core-users', USERS_TABLE: 'users', ...environment } } },
    custom: { engine: { coreFunction: 'off' } },
  }) as unknown as ServerlessService;

test('client secrets in the environment are rejected, without quoting them', () => {
  const faults = environmentFaults(service({ THIRD_PARTY_SECRETS: '{"google":"hunter2"}' }));
  expect(faults).toEqual([expect.stringMatching(/^THIRD_PARTY_SECRETS must be absent.*\(function user\)$/)]);
  expect(faults.join()).not.toContain('hunter2');
});

test('clients need the name of their secret', () => {
  expect(environmentFaults(service({ THIRD_PARTY_CLIENTS: 'google=a', THIRD_PARTY_SECRETS: '' }))).toEqual([
    expect.stringMatching(/^THIRD_PARTY_SECRET_NAME must be set.*\(function user\)$/),
  ]);
});

test('clients with the name of their secret are accepted', () => {
  const environment = { THIRD_PARTY_CLIENTS: 'google=a', THIRD_PARTY_SECRET_NAME: 'app/sign-in' };
  expect(environmentFaults(service(environment))).toEqual([]);
});
