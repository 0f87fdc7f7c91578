import type { Action, Route, RouteStore } from './route.ts';

/** Returns the text of a route's handler file. */
export function handlerFile(route: Route): string {
  const body = bodyOf(route);
  return [
    importsOf(route, body),
    route.store === undefined ? [] : [`const ${route.store.constant} = table('${route.store.variable}');`],
    /isItemId\(/.test(body) ? [IS_ITEM_ID] : [],
    /isText\(/.test(body) ? [IS_TEXT] : [],
    `/** ${route.method} ${route.path}: ${SUMMARIES[route.store?.action ?? 'none']} */\n${exportOf(route, body)}`,
  ]
    .flat()
    .join('\n\n')
    .concat('\n');
}

const SUMMARIES: Readonly<Record<Action | 'none', string>> = {
  none: "returns the user's id.",
  list: "returns the user's items.",
  read: "returns one of the user's items.",
  create: 'stores a new item of the user.',
  write: "stores one of the user's items, or replaces it.",
  delete: "deletes one of the user's items.",
};

/** What DynamoDB accepts as a key, and what a path can carry. */
const IS_ITEM_ID = 'const isItemId = (id: string): boolean => /^[\\w-]{1,64}$/.test(id);';

const IS_TEXT = `/** Half a surrogate pair is not text: DynamoDB would not keep it. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && /^.{1,1000}$/su.test(value);`;

/** The names that handlers import from the engine, in the order of the import. */
const ENGINE_NAMES = ['FieldError', 'HttpError', 'json', 'protectedRoute', 'readJson', 'table', 'userIdOf'];

function importsOf({ role, store }: Route, body: string): string {
  const used = ENGINE_NAMES.filter(
    (name) => name === 'protectedRoute' || (name === 'table' && store !== undefined) || body.includes(`${name}(`),
  );
  return [
    body.includes('randomUUID(') ? ["import { randomUUID } from 'node:crypto';"] : [],
    role === undefined ? [] : ["import { RolesClaim } from '../lib/app/roles.ts';"],
    `import { ${used.join(', ')} } from '../lib/index.ts';`,
  ]
    .flat()
    .join('\n');
}

function exportOf({ checkDatabase, role }: Route, body: string): string {
  const options = [
    checkDatabase ? ['checkDatabase: true'] : [],
    role === undefined
      ? []
      : [`overrideGlobalClaimValidators: (validators) => [...validators, RolesClaim.validators.includes('${role}')]`],
  ].flat();
  if (options.length === 0)
    return `export const handler = protectedRoute(async (request) => {\n${indented(body, 2)}\n});`;
  const [only] = options;
  const written = options.length === 1 ? ` ${only} ` : `\n${options.map((option) => `    ${option},\n`).join('')}  `;
  return `export const handler = protectedRoute(\n  async (request) => {\n${indented(body, 4)}\n  },\n  {${written}},\n);`;
}

const indented = (lines: string, by: number): string => lines.replaceAll(/^(?=.)/gm, ' '.repeat(by));

function bodyOf({ name, store }: Route): string {
  if (store === undefined) return 'return json(200, { userId: userIdOf(request) });';
  const { action, constant, parameter } = store;
  const key = parameter === undefined ? `sk: '${name}'` : 'sk: id';
  switch (action) {
    case 'list':
      return `const items = await ${constant}.query({ name: 'pk', value: userIdOf(request) });\nreturn json(200, { items });`;
    case 'create':
      return `${READ_TEXT}\n${putAndReturn(constant, 'sk: randomUUID()', 201)}`;
    case 'read':
      return `${readId(store)}const item = await ${constant}.get({ pk: userIdOf(request), ${key} });
if (item === undefined) throw new HttpError(404, 'There is no such item');
return json(200, item);`;
    case 'write':
      return `${readId(store)}${READ_TEXT}\n${putAndReturn(constant, key, 200)}`;
    case 'delete':
      return `${readId(store)}await ${constant}.delete({ pk: userIdOf(request), ${key} });\nreturn { statusCode: 204 };`;
  }
}

const READ_TEXT = `const { text } = readJson(request);
if (!isText(text)) throw new FieldError('text', 'A text has 1 to 1000 characters.');`;

const putAndReturn = (constant: string, key: string, status: number): string =>
  `const item = { pk: userIdOf(request), ${key}, text };\nawait ${constant}.put(item);\nreturn json(${status}, item);`;

const readId = ({ parameter }: RouteStore): string =>
  parameter === undefined
    ? ''
    : `const id = request.pathParameters?.${parameter} ?? '';
if (!isItemId(id)) throw new HttpError(404, 'There is no such item');
`;
