import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isScalar, visit, type YAMLMap } from 'yaml';
import { CommandFailed } from '../command-line.ts';
import { keyOf, parseServerlessYml } from '../serverless-yml/entries.ts';
import { MAX_FUNCTION_NAME, stagesIn } from '../serverless-yml/names.ts';
import type { Route } from './route.ts';

/** Where the engine's part of the stack is. */
const ENGINE_STACK = 'lib/build/stack';

/** What one part of a stack has. */
export interface StackPart {
  readonly functions: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  /** As {@link routeKey} writes them. */
  readonly routes: ReadonlySet<string>;
}

/** What a service has already. */
export interface Existing {
  readonly own: StackPart;
  readonly engine: StackPart;
  /** The service's name with the longest stage's, as the names of functions begin: `shop-prod-`. */
  readonly longestPrefix: string;
  has(file: string): boolean;
}

/** Reads what the service in a folder has. @throws CommandFailed if the folder has no serverless.yml */
export async function readExisting(folder: string): Promise<Existing> {
  const text = await readFile(join(folder, 'serverless.yml'), 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new CommandFailed('This folder is not a clone of the service: it has no serverless.yml.');
  const names = await readdir(join(folder, ENGINE_STACK)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.yml')).map((name) => join(folder, ENGINE_STACK, name));
  const stages = stagesIn(text);
  const longestStage = Math.max(...stages.map((stage) => stage.length));
  return {
    own: partFrom([text]),
    engine: partFrom(await Promise.all(files.map((file) => readFile(file, 'utf8')))),
    longestPrefix: `${String(parseServerlessYml(text).get('service'))}-${stages.find((stage) => stage.length === longestStage)}-`,
    has: (file) => existsSync(join(folder, file)),
  };
}

function partFrom(texts: readonly string[]): StackPart {
  const functions = new Set<string>();
  const resources = new Set<string>();
  const routes = new Set<string>();
  for (const text of texts) {
    visit(parseServerlessYml(text), {
      Pair: (_, pair) => {
        const { value } = pair;
        if (isMap(value) && value.has('handler')) functions.add(keyOf(pair));
        if (isMap(value) && String(value.get('Type')).startsWith('AWS::')) resources.add(keyOf(pair));
        if (keyOf(pair) === 'httpApi') for (const key of routeKeysOf(value)) routes.add(key);
      },
    });
  }
  return { functions, resources, routes };
}

function routeKeysOf(event: unknown): string[] {
  if (isScalar(event) && typeof event.value === 'string') {
    const [method, path] = event.value.split(' ');
    return method === undefined || path === undefined ? [] : [routeKey(method, path)];
  }
  return isMap(event) && event.has('path') ? [routeKey(textAt(event, 'method'), textAt(event, 'path'))] : [];
}

const textAt = (map: YAMLMap, key: string): string => String(map.get(key));

/** A route without the names of its parameters: API Gateway takes `/notes/{id}` and `/notes/{note}` for the same. */
const routeKey = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`;

/** Returns every reason why a route cannot be added. */
export function clashesOf(route: Route, existing: Existing, files: readonly string[]): string[] {
  const { functionName, roleName, store } = route;
  const { own, engine, longestPrefix } = existing;
  const has = (kind: 'functions' | 'resources', name: string) => own[kind].has(name) || engine[kind].has(name);
  return [
    ...files.filter((file) => existing.has(file)).map((file) => `The file ${file} exists.`),
    ...(has('functions', functionName) ? [`The service has a function ${functionName}.`] : []),
    ...(longestPrefix.length + functionName.length > MAX_FUNCTION_NAME
      ? [`Lambda allows ${MAX_FUNCTION_NAME} characters, but ${longestPrefix}${functionName} has more.`]
      : []),
    ...(store !== undefined && has('resources', roleName) ? [`The service has a role ${roleName}.`] : []),
    ...(store !== undefined && engine.resources.has(store.resource)
      ? [`${store.resource} is a table of the engine, which a route must not read or change.`]
      : []),
    ...clashOfRoutes(route, existing),
  ];
}

const clashOfRoutes = ({ method, path }: Route, { own, engine }: Existing): string[] =>
  [routeKey(method, path), routeKey('ANY', path)].some((key) => own.routes.has(key) || engine.routes.has(key))
    ? [`The service has a route ${method} ${path}.`]
    : [];
