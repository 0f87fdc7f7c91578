import { appendEntry } from '../serverless-yml/entries.ts';
import type { Existing } from './existing.ts';
import { handlerFile } from './handler-file.ts';
import type { Route } from './route.ts';
import { functionEntry, roleEntry, tableEntry } from './stack-entries.ts';
import { testFile } from './test-file.ts';

/** A file that the command creates. */
export interface NewFile {
  readonly file: string;
  readonly text: string;
}

/** The files of a route. None of them may exist yet. */
export const filesOf = (route: Route): NewFile[] => [
  { file: `handlers/${route.name}.ts`, text: handlerFile(route) },
  { file: `test/app/${route.name}.test.ts`, text: testFile(route) },
];

/** The file with the claim for `--role`. A clone without the examples does not have it. */
const ROLES_FILE: NewFile = {
  file: 'lib/app/roles.ts',
  text: `import { PrimitiveArrayClaim } from 'supertokens-node/recipe/session/claims';

/**
 * A user's roles, as SuperTokens' UserRoles recipe puts them into the access token at sign-in. Log-ins of your own set them:
 * \`claimsOf(RolesClaim, ['admin'])\`.
 */
export const RolesClaim = new PrimitiveArrayClaim<string>({
  key: 'st-role',
  // A session without the claim has no roles.
  fetchValue: () => undefined,
});
`,
};

/** The files that a route imports and that do not exist yet. */
export const missingFilesOf = ({ role }: Route, existing: Existing): NewFile[] =>
  role === undefined || existing.has(ROLES_FILE.file) ? [] : [ROLES_FILE];

/** What the command adds to serverless.yml, by name. */
export interface StackChange {
  readonly text: string;
  readonly added: readonly string[];
}

/**
 * Adds a route's function to a serverless.yml, and its table and role if it has a table.
 * A table that exists is left as it is.
 */
export function withRoute(serverlessYml: string, route: Route, existing: Existing): StackChange {
  const { store, table, method, path } = route;
  const added = [`function ${route.functionName} (${method} ${path})`];
  let text = appendEntry(serverlessYml, ['functions'], functionEntry(route));
  if (store === undefined || table === undefined) return { text, added };
  if (!existing.own.resources.has(store.resource)) {
    text = appendEntry(text, RESOURCES, tableEntry(store, table));
    added.push(`table ${store.resource}`);
  }
  text = appendEntry(text, RESOURCES, roleEntry(route, store));
  return { text, added: [...added, `role ${route.roleName}`] };
}

const RESOURCES = ['resources', 'Resources'] as const;
