/** The methods that a route can have. There is no `ANY`: anti-CSRF protection depends on the method. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** A route as the user wishes it. */
export interface Wish {
  /** In kebab case, such as `add-note`. */
  readonly name: string;
  readonly method: Method;
  /** As API Gateway writes it, such as `/notes/{id}`. */
  readonly path: string;
  /** In kebab case; absent: the route stores nothing. */
  readonly table: string | undefined;
  /** The role that a user needs; absent: every user may call the route. */
  readonly role: string | undefined;
  /** Whether the route rejects a revoked session at once. */
  readonly checkDatabase: boolean;
}

/** What a route's handler does with its table. */
export type Action = 'list' | 'read' | 'create' | 'write' | 'delete';

/** A route with every name that its files use. */
export interface Route extends Wish {
  /** Of the function in serverless.yml, such as `addNote`. */
  readonly functionName: string;
  /** Of the IAM role in serverless.yml, such as `AddNoteRole`. */
  readonly roleName: string;
  readonly store: RouteStore | undefined;
}

export interface RouteStore {
  readonly action: Action;
  /** The constant in the handler, such as `notesTable`. */
  readonly constant: string;
  /** The environment variable with the table's name, such as `NOTES_TABLE`. */
  readonly variable: string;
  /** The table in serverless.yml, such as `NotesTable`. */
  readonly resource: string;
  /** The path parameter that names an item; absent: the route has none. */
  readonly parameter: string | undefined;
}

/** Gives a route all of its names. */
export function routeFrom(wish: Wish): Route {
  const pascal = pascalCase(wish.name);
  return {
    ...wish,
    functionName: camelCase(wish.name),
    roleName: wish.table === undefined ? sharedRole(wish) : `${pascal}Role`,
    store: wish.table === undefined ? undefined : storeFrom(wish, wish.table),
  };
}

/** Without a table of its own, a route needs nothing beyond what the engine's roles allow. */
const sharedRole = ({ checkDatabase }: Wish): string => (checkDatabase ? 'SessionRole' : 'VerifyRole');

function storeFrom({ method, path }: Wish, table: string): RouteStore {
  const parameter = /\{(\w+)\}$/.exec(path)?.[1];
  return {
    action: actionOf(method, parameter),
    constant: `${camelCase(table)}Table`,
    variable: `${table.replaceAll('-', '_').toUpperCase()}_TABLE`,
    resource: `${pascalCase(table)}Table`,
    parameter,
  };
}

function actionOf(method: Method, parameter: string | undefined): Action {
  switch (method) {
    case 'GET':
      return parameter === undefined ? 'list' : 'read';
    case 'POST':
      return 'create';
    case 'DELETE':
      return 'delete';
    case 'PUT':
    case 'PATCH':
      return 'write';
  }
}

const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());

const camelCase = (name: string): string => name.replaceAll(/-([a-z0-9])/g, (_, first: string) => first.toUpperCase());

/** Verbs that begin a route's name, and the method that they mean. */
const VERBS: Readonly<Record<string, Method>> = {
  add: 'POST',
  create: 'POST',
  set: 'PUT',
  replace: 'PUT',
  update: 'PATCH',
  change: 'PATCH',
  delete: 'DELETE',
  remove: 'DELETE',
};

/** The method by default: by the verb that begins the name, else GET. */
export const defaultMethod = (name: string): Method => VERBS[name.split('-')[0] ?? ''] ?? 'GET';

/** The path by default: the name. */
export const defaultPath = (name: string): string => `/${name}`;
