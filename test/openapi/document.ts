import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { hasExample } from '../fixtures/own-service.ts';

type Json = Readonly<Record<string, unknown>>;
type Schema = AnySchemaObject;

export interface DocumentedHeader {
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, DocumentedHeader>>;
  /** By media type; absent: no body. */
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** `METHOD /path/{parameter}`, as serverless.yml writes routes. */
export type OperationKey = string;

export interface Operation {
  readonly key: OperationKey;
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Json[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly bodySchema: Schema | undefined;
  /** What a request's body may be, by name. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** By status. */
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

const EXAMPLE = 'docs/openapi.example.yaml';

/** Returns docs/openapi.yaml with the paths and components of the example's document, unless the example was removed. */
export function readDocument(): Json {
  const document = parse(readFileSync('docs/openapi.yaml', 'utf8')) as Json;
  if (!hasExample) return document;
  const example = parse(readFileSync(EXAMPLE, 'utf8').replaceAll("'openapi.yaml#/", "'#/")) as Json;
  return { ...document, paths: merged(document.paths, example.paths), components: mergedParts(document, example) };
}

const merged = (one: unknown, other: unknown): Json => ({ ...(one as Json), ...(other as Json) });

function mergedParts({ components: ours }: Json, { components: theirs }: Json): Json {
  const kinds = Object.entries(ours as Json).map(([kind, parts]) => [kind, merged(parts, (theirs as Json)[kind])]);
  return Object.fromEntries(kinds);
}

/** What a reference within the document stands for. @throws Error if there is no such thing */
export function resolve(document: Json, reference: string): unknown {
  const found = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, name) => (value as Json | undefined)?.[name], document);
  if (found === undefined) throw new Error(`There is no ${reference}`);
  return found;
}

/** The document's operations; references are replaced by what they stand for, but for those to schemas. */
export function operationsOf(document: Json): Operation[] {
  const paths = document.paths as Readonly<Record<string, Json>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, written]) => operationFrom(method, path, inlined(document, written) as Json)),
  );
}

interface WrittenBody {
  readonly content: Readonly<
    Record<
      string,
      { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
    >
  >;
}

function operationFrom(method: string, path: string, written: Json): Operation {
  const body = (written.requestBody as WrittenBody | undefined)?.content['application/json'];
  const examples = Object.entries(body?.examples ?? {}).map(([name, { value }]) => [name, value]);
  return {
    key: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    operationId: String(written.operationId),
    tags: (written.tags ?? []) as string[],
    security: (written.security ?? []) as Json[],
    parameters: (written.parameters ?? []) as Operation['parameters'],
    bodySchema: body?.schema,
    examples: Object.fromEntries(examples),
    responses: written.responses as Operation['responses'],
  };
}

function inlined(document: Json, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => inlined(document, entry));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { readonly $ref?: string };
  if ($ref !== undefined && !$ref.startsWith('#/components/schemas/'))
    return inlined(document, resolve(document, $ref));
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, inlined(document, entry)]));
}

/** Compiles the document's schemas: JSON Schema 2020-12, which OpenAPI 3.1 has as it is. Formats are checked. */
export function createSchemas(document: Json): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const { schemas } = document.components as { readonly schemas: Schema };
  const compiled = new Map<Schema, ValidateFunction>();
  const here = (schema: Schema): Schema =>
    JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as Schema;
  return (schema) => {
    const validate = compiled.get(schema) ?? ajv.compile({ ...here(schema), $defs: here(schemas) });
    compiled.set(schema, validate);
    return validate;
  };
}

/** An answer as it came, its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Headers that are the service's own: where they appear, the document has them. */
const OWN_HEADERS = ['front-token', 'st-access-token', 'st-refresh-token', 'anti-csrf', 'set-cookie', 'retry-after'];

/** What in an answer is not as its operation's documentation says: nothing, if all is well. */
export function createCheck(document: Json): (operation: Operation, answer: Answer) => string[] {
  const schemas = createSchemas(document);
  const faultsOf = (what: string, schema: Schema, value: unknown): string[] => {
    const validate = schemas(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${what}${instancePath} ${message}: ${JSON.stringify(value)}`,
    );
  };
  return ({ responses }, { status, headers, text }) => {
    const documented = responses[status];
    if (documented === undefined) return [`${status} is not documented: ${text}`];
    return [...headerFaults(documented, headers, faultsOf), ...bodyFaults(documented, headers, text, faultsOf)];
  };
}

type FaultsOf = (what: string, schema: Schema, value: unknown) => string[];

function headerFaults(
  { headers: documented = {} }: DocumentedResponse,
  headers: Headers,
  faultsOf: FaultsOf,
): string[] {
  const undocumented = OWN_HEADERS.filter((name) => headers.has(name) && !(name in documented));
  const faults = Object.entries(documented).flatMap(([name, { required = false, schema }]) => {
    const values =
      name === 'set-cookie' ? headers.getSetCookie() : [headers.get(name)].filter((value) => value !== null);
    if (required && values.length === 0) return [`The header ${name} is missing`];
    return values.flatMap((value) => faultsOf(name, schema, value));
  });
  return [...undocumented.map((name) => `The header ${name} is not documented`), ...faults];
}

function bodyFaults({ content }: DocumentedResponse, headers: Headers, text: string, faultsOf: FaultsOf): string[] {
  if (content === undefined) return text === '' ? [] : [`There is a body: ${text}`];
  const type = headers.get('content-type')?.split(';')[0] ?? 'none';
  const schema = content[type]?.schema;
  if (schema === undefined) return [`The media type ${type} is not documented`];
  return faultsOf('body', schema, type === 'application/json' ? JSON.parse(text) : text);
}
