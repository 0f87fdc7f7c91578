import { type Document, isMap, isScalar, type YAMLMap } from 'yaml';
import { CommandFailed } from '../command-line.ts';
import { parseServerlessYml } from '../serverless-yml/entries.ts';
import { replaceGroup, type Splice } from '../serverless-yml/splice.ts';
import type { Identity, Namesakes } from './identity.ts';

const WEBSITE = ['params', 'prod', 'websiteDomain'] as const;
const API = ['params', 'prod', 'apiDomain'] as const;
const REGION = ['provider', 'region'] as const;
const APP_NAME = ['provider', 'environment', 'APP_NAME'] as const;

/** `${env:NAME, 'default'}`, as serverless.yml writes what the environment may say otherwise. */
const DEFAULT = /^\$\{env:\w+, '([^']*)'\}$/dg;

/** A service's identity as its serverless.yml has it. @throws CommandFailed if it cannot be found there */
export function readIdentity(text: string): Identity {
  const document = parseServerlessYml(text);
  return {
    name: scalarAt(document, ['service']).value,
    appName: defaultIn(scalarAt(document, APP_NAME).value),
    website: optionalAt(document, WEBSITE),
    api: optionalAt(document, API),
    region: defaultIn(scalarAt(document, REGION).value),
  };
}

/** The functions and stages that stand beside a service's name in the names of its functions. */
export function readNamesakes(text: string): Namesakes {
  const document = parseServerlessYml(text);
  const stages = keysOf(mapAt(document, ['params'])).filter((stage) => stage !== 'default');
  return { functions: keysOf(mapAt(document, ['functions'])), stages: ['dev', ...stages] };
}

/** What has to change in a serverless.yml; everything else, comments included, stays as it is written. */
export function editServerlessYml(text: string, identity: Identity): Splice[] {
  const document = parseServerlessYml(text);
  const replaceDefault = (path: readonly string[], by: string): Splice[] => {
    const { value, start } = scalarAt(document, path);
    return replaceGroup(value, DEFAULT, by).map((splice) => shifted(splice, start));
  };
  const { value: name, start } = scalarAt(document, ['service']);
  return [
    ...(name === identity.name ? [] : [{ start, end: start + name.length, text: identity.name }]),
    ...replaceDefault(APP_NAME, identity.appName),
    ...replaceDefault(REGION, identity.region),
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

const shifted = ({ start, end, text }: Splice, by: number): Splice => ({ start: start + by, end: end + by, text });

function defaultIn(value: string): string {
  const [, found] = [...value.matchAll(DEFAULT)][0] ?? [];
  if (found === undefined) throw new CommandFailed(`serverless.yml has ${value} where \${env:…, '…'} was expected.`);
  return found;
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

const keysOf = (map: YAMLMap): string[] => map.items.map(({ key }) => String(isScalar(key) ? key.value : key));
