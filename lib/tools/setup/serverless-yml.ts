import { type Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { CommandFailed } from '../command-line.ts';
import { keyOf, parseServerlessYml } from '../serverless-yml/entries.ts';
import { stagesIn } from '../serverless-yml/names.ts';
import type { Splice } from '../serverless-yml/splice.ts';
import type { Identity, Namesakes } from './identity.ts';

const WEBSITE = ['params', 'prod', 'websiteDomain'] as const;
const API = ['params', 'prod', 'apiDomain'] as const;
const REGION = ['params', 'default', 'region'] as const;
const APP_NAME = ['params', 'default', 'appName'] as const;

/** A service's identity as its serverless.yml has it. @throws CommandFailed if it cannot be found there */
export function readIdentity(text: string): Identity {
  const document = parseServerlessYml(text);
  return {
    name: scalarAt(document, ['service']).value,
    appName: scalarAt(document, APP_NAME).value,
    website: optionalAt(document, WEBSITE),
    api: optionalAt(document, API),
    region: scalarAt(document, REGION).value,
  };
}

/**
 * Returns the functions and stages that follow a service's name in the names of its functions.
 * @param text serverless.yml
 * @param engineFunctions the engine's functions, lib/build/stack/functions.yml
 */
export function readNamesakes(text: string, engineFunctions: string): Namesakes {
  const document = parseServerlessYml(text);
  const parts = document.get('functions');
  const own = isSeq(parts) ? parts.items.filter((part) => isMap(part)) : [];
  const functions = [parseServerlessYml(engineFunctions).contents, ...own].flatMap((part) =>
    isMap(part) ? keysOf(part) : [],
  );
  return { functions, stages: stagesIn(text) };
}

/** What has to change in a serverless.yml; everything else, comments included, stays as it is written. */
export function editServerlessYml(text: string, identity: Identity): Splice[] {
  const document = parseServerlessYml(text);
  const replace = (path: readonly string[], by: string): Splice[] => {
    const { value, start } = scalarAt(document, path);
    return value === by ? [] : [{ start, end: start + value.length, text: by }];
  };
  return [
    ...replace(['service'], identity.name),
    ...replace(APP_NAME, identity.appName),
    ...replace(REGION, identity.region),
    ...setParameter(document, WEBSITE, identity.website),
    ...setParameter(document, API, identity.api),
  ];
}

/** A parameter that is not there yet becomes the first of its stage. */
function setParameter(document: Document, path: typeof WEBSITE | typeof API, value: string | undefined): Splice[] {
  if (value === undefined || optionalAt(document, path) === value) return [];
  const [, stage, name] = path;
  if (optionalAt(document, path) !== undefined) {
    const { start, value: present } = scalarAt(document, path);
    return [{ start, end: start + present.length, text: value }];
  }
  const first = mapAt(document, ['params', stage]).items[0]?.key;
  const start = isScalar(first) ? first.range?.[0] : undefined;
  if (start === undefined) throw new CommandFailed(`serverless.yml has no parameters of the stage ${stage}.`);
  return [{ start, end: start, text: `${name}: ${value}\n    ` }];
}

/** A plain text, as it is written, and where. */
function scalarAt(document: Document, path: readonly string[]): { readonly value: string; readonly start: number } {
  const node = document.getIn(path, true);
  const value = isScalar(node) ? node.value : undefined;
  const start = isScalar(node) ? node.range?.[0] : undefined;
  if (typeof value !== 'string' || start === undefined || (isScalar(node) && node.type !== 'PLAIN')) {
    throw new CommandFailed(`serverless.yml has no plain text at ${path.join('.')}.`);
  }
  return { value, start };
}

const optionalAt = (document: Document, path: readonly string[]): string | undefined =>
  document.hasIn(path) ? scalarAt(document, path).value : undefined;

function mapAt(document: Document, path: readonly string[]): YAMLMap {
  const node = document.getIn(path);
  if (!isMap(node)) throw new CommandFailed(`serverless.yml has no ${path.join('.')}.`);
  return node;
}

const keysOf = (map: YAMLMap): string[] => map.items.map(keyOf);
