import type { Route, RouteStore } from './route.ts';

/** Returns the text of a route's test file. Its tests pass with the handler as it is written. */
export function testFile(route: Route): string {
  const { store, role, checkDatabase } = route;
  const tests = [
    withoutSession(route),
    role === undefined ? [] : [withoutRole(route, role)],
    store === undefined ? [returnsUserId(route)] : [STORE_TESTS[store.action](route, store)],
    checkDatabase ? [afterRevocation(route)] : [],
  ].flat();
  return [headOf(route), ...tests].join('\n\n').concat('\n');
}

const headOf = ({ role }: Route): string => `${
  role === undefined ? '' : "import { RolesClaim } from '../../lib/app/roles.ts';\n"
}import { type App, ${role === undefined ? '' : 'type LoggedIn, '}startApp } from '../fixtures/app.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());${role === undefined ? '' : logInWithRole(role)}`;

const logInWithRole = (role: string): string => `

const logIn = (): Promise<LoggedIn> => app.logIn((session) => session.setClaimValue(RolesClaim, ['${role}']));`;

/** How the tests log a user in that may call the route. */
const logIn = ({ role }: Route): string => (role === undefined ? 'app.logIn()' : 'logIn()');

const withoutSession = (route: Route): string =>
  test(`${titleOf(route)} returns 401 without a session`, [expectStatus(requestOf(route), 401)]);

const withoutRole = (route: Route, role: string): string =>
  test(`${titleOf(route)} returns 403 without the role ${role}`, [
    'const user = await app.logIn();',
    expectStatus(requestOf(route, ['as: user']), 403),
  ]);

const afterRevocation = (route: Route): string =>
  test(`${titleOf(route)} rejects a revoked session at once`, [
    `const user = await ${logIn(route)};`,
    'await user.revoke();',
    expectStatus(requestOf(route, ['as: user']), 401),
  ]);

const returnsUserId = (route: Route): string =>
  test(`${titleOf(route)} returns the user's id`, [
    `const user = await ${logIn(route)};`,
    `const response = await ${requestOf(route, ['as: user'])};`,
    'expect(response).toMatchObject({ status: 200, body: { userId: user.userId } });',
  ]);

const STORE_TESTS: Readonly<Record<RouteStore['action'], (route: Route, store: RouteStore) => string>> = {
  list: (route, { resource }) =>
    test(`${titleOf(route)} returns the user's items, and no one else's`, [
      `const [user, other] = [await ${logIn(route)}, await ${logIn(route)}];`,
      "const item = { pk: user.userId, sk: '1', text: 'My first' };",
      `await app.table('${resource}').put(item);`,
      `const response = await ${requestOf(route, ['as: user'])};`,
      'expect(response).toMatchObject({ status: 200, body: { items: [item] } });',
      `const empty = await ${requestOf(route, ['as: other'])};`,
      'expect(empty).toMatchObject({ status: 200, body: { items: [] } });',
    ]),
  read: (route, { resource }) =>
    test(`${titleOf(route)} returns the user's item, and 404 to another user`, [
      `const [user, other] = [await ${logIn(route)}, await ${logIn(route)}];`,
      "const item = { pk: user.userId, sk: '1', text: 'My first' };",
      `await app.table('${resource}').put(item);`,
      `const response = await ${requestOf(route, ['as: user'])};`,
      'expect(response).toMatchObject({ status: 200, body: item });',
      expectStatus(requestOf(route, ['as: other']), 404),
    ]),
  create: (route, { resource }) =>
    [
      test(`${titleOf(route)} stores an item`, [
        `const user = await ${logIn(route)};`,
        `const response = await ${requestOf(route, ['as: user', "body: { text: 'My first' }"])};`,
        "expect(response).toMatchObject({ status: 201, body: { pk: user.userId, text: 'My first' } });",
        `const items = await app.table('${resource}').query({ name: 'pk', value: user.userId });`,
        'expect(items).toEqual([response.body]);',
      ]),
      rejectsEmptyText(route),
    ].join('\n\n'),
  write: (route, { resource }) =>
    [
      test(`${titleOf(route)} replaces the item`, [
        `const user = await ${logIn(route)};`,
        "for (const text of ['My first', 'My second']) {",
        `  const response = await ${requestOf(route, ['as: user', 'body: { text }'])};`,
        '  expect(response).toMatchObject({ status: 200, body: { pk: user.userId, text } });',
        `  const items = await app.table('${resource}').query({ name: 'pk', value: user.userId });`,
        '  expect(items).toEqual([response.body]);',
        '}',
      ]),
      rejectsEmptyText(route),
    ].join('\n\n'),
  delete: (route, { resource, parameter }) =>
    test(`${titleOf(route)} deletes the item`, [
      `const user = await ${logIn(route)};`,
      `const key = { pk: user.userId, sk: '${parameter === undefined ? route.name : '1'}' };`,
      `await app.table('${resource}').put(key);`,
      expectStatus(requestOf(route, ['as: user']), 204),
      `expect(await app.table('${resource}').get(key)).toBeUndefined();`,
    ]),
};

const rejectsEmptyText = (route: Route): string =>
  test(`${titleOf(route)} rejects an empty text`, [
    `const user = await ${logIn(route)};`,
    `const response = await ${requestOf(route, ['as: user', "body: { text: '' }"])};`,
    "expect(response).toMatchObject({ status: 400, body: { field: 'text' } });",
  ]);

const titleOf = ({ method, path }: Route): string => `${method} ${path}`;

function requestOf(route: Route, options: readonly string[] = []): string {
  const path = route.path.replaceAll(/\{\w+\}/g, '1');
  return `app.request('${route.method} ${path}'${options.length === 0 ? '' : `, { ${options.join(', ')} }`})`;
}

const expectStatus = (request: string, status: number): string =>
  `expect(await ${request}).toMatchObject({ status: ${status} });`;

const test = (title: string, lines: readonly string[]): string =>
  `test(${quoted(title)}, async () => {\n${lines.map((line) => `  ${line}\n`).join('')}});`;

/** As the formatter quotes it. */
const quoted = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);
