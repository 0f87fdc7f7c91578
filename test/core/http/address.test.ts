import { readAddress } from '../../../lib/core/http/address.ts';
import { tenantOf } from '../../../lib/core/session/wire/handle-tenant.ts';

const PATHS = ['/', '/hello', '/recipe/session', '/recipe/session/user', '/.well-known/jwks.json'];
const read = (path: string, basePath = '') => readAddress(path, basePath, (known) => PATHS.includes(known));

test.each([
  ['/recipe/session', 'public', 'public'],
  ['/public/recipe/session', 'public', 'public'],
  ['/t1/recipe/session', 'public', 't1'],
  ['/appid-a/recipe/session', 'a', 'public'],
  ['/appid-a/t1/recipe/session', 'a', 't1'],
  ['/appid-public/recipe/session', 'public', 'public'],
])(
  'app and tenant may come before the path, in this order, and are `public` if they do not: %s',
  (path, app, tenant) => {
    expect(read(path)).toEqual({ app, tenant, path: '/recipe/session' });
  },
);

test('a tenant may be named like the beginning of a path', () => {
  expect(read('/recipe/recipe/session')).toEqual({ app: 'public', tenant: 'recipe', path: '/recipe/session' });
});

test.each(['/Recipe/SESSION', '/recipe/session/', '/PUBLIC/recipe/Session/', '/AppId-Public/recipe/session'])(
  'paths match without regard to case and with or without a trailing slash: %s',
  (path) => {
    expect(read(path)).toEqual({ app: 'public', tenant: 'public', path: '/recipe/session' });
  },
);

test.each([
  '/nothing',
  '/recipe',
  '/t1',
  '/t1/appid-a/recipe/session',
  '/t1/t2/recipe/session',
  '/recipe/session/nothing',
  '/appid-a/t1/t2/hello',
])('whatever else comes before or after a path makes it unknown: %s', (path) => {
  expect(read(path)).toBeUndefined();
});

describe('With a base path', () => {
  test.each([
    ['/some/base/recipe/session', '/recipe/session', 'public'],
    ['/Some/BASE/t1/recipe/session', '/recipe/session', 't1'],
    ['/some/base', '/', 'public'],
    ['/some/base/', '/', 'public'],
  ])('it comes before all of it, without regard to case: %s', (path, known, tenant) => {
    expect(read(path, '/Some/Base')).toEqual({ app: 'public', tenant, path: known });
  });

  test.each(['/recipe/session', '/', '/some/basement/hello', '/some', '/appid-a/some/base/hello'])(
    'whatever is outside of it is unknown: %s',
    (path) => {
      expect(read(path, '/some/base')).toBeUndefined();
    },
  );
});

test.each([
  ['f2b1c7de-6a55-4c43-9d0c-6f6a2f0b7c11', 'public'],
  ['f2b1c7de-6a55-4c43-9d0c-6f6a2f0b7c11_public', 'public'],
  ['f2b1c7de-6a55-4c43-9d0c-6f6a2f0b7c11_t1', 't1'],
  ['a_b_t1', 't1'],
  ['', 'public'],
])('a session handle names its tenant after its last underscore: %j', (handle, tenant) => {
  expect(tenantOf(handle)).toBe(tenant);
});
