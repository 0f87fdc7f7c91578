/**
 * JSON Schema for OpenAPI 3.1 documents, as far as docs/openapi.yaml goes; stricter than the specification's own, for what
 * it does not know is refused. A part that may be a reference says so by `orReference`.
 * @see https://spec.openapis.org/oas/v3.1.0#schema
 */
const text = { type: 'string', minLength: 1 };
const flag = { type: 'boolean' };

const object = (required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const mapOf = (values: object, names: object = {}) => ({
  type: 'object',
  additionalProperties: values,
  propertyNames: names,
});
const listOf = (items: object) => ({ type: 'array', items });
const reference = object(['$ref'], { $ref: { type: 'string', pattern: '^#/components/[a-zA-Z]+/[a-zA-Z]+$' } });
const orReference = (part: object) => ({ anyOf: [reference, part] });
const part = (name: string) => ({ $ref: `#/$defs/${name}` });

/** Of what stands in `components`. */
const NAME = { type: 'string', pattern: '^[a-zA-Z0-9._-]+$' };
const components = (values: object) => mapOf(values, NAME);

export const OPENAPI_3_1 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...object(['openapi', 'info', 'paths', 'components'], {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: object(['title', 'version'], {
      title: text,
      version: text,
      summary: text,
      description: text,
      license: object(['name'], { name: text, identifier: text }),
    }),
    servers: listOf(
      object(['url'], {
        url: text,
        description: text,
        variables: mapOf(object(['default'], { default: text, description: text, enum: listOf(text) })),
      }),
    ),
    tags: listOf(object(['name'], { name: text, description: text })),
    paths: mapOf(part('pathItem'), { type: 'string', pattern: '^/' }),
    components: object([], {
      securitySchemes: components(part('securityScheme')),
      parameters: components(part('parameter')),
      headers: components(part('header')),
      responses: components(part('response')),
      schemas: components(part('schema')),
    }),
  }),
  $defs: {
    pathItem: mapOf(part('operation'), { enum: ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] }),
    operation: object(['operationId', 'summary', 'tags', 'security', 'responses'], {
      operationId: text,
      summary: text,
      description: text,
      tags: listOf(text),
      security: listOf(mapOf(listOf(text))),
      parameters: listOf(orReference(part('parameter'))),
      requestBody: object(['content'], { description: text, required: flag, content: part('content') }),
      responses: { ...mapOf(orReference(part('response')), { pattern: '^[1-5]\\d\\d$' }), minProperties: 1 },
    }),
    parameter: {
      ...object(['name', 'in', 'schema'], {
        name: text,
        in: { enum: ['query', 'header', 'path', 'cookie'] },
        description: text,
        required: flag,
        schema: part('schema'),
      }),
      if: { properties: { in: { const: 'path' } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
      then: { properties: { required: { const: true } }, required: ['required'] },
    },
    header: object(['schema'], { description: text, required: flag, schema: part('schema') }),
    response: object(['description'], {
      description: text,
      headers: mapOf(orReference(part('header'))),
      content: part('content'),
    }),
    content: mapOf(
      object(['schema'], {
        schema: part('schema'),
        examples: mapOf(object(['value'], { summary: text, description: text, value: {} })),
      }),
      { pattern: '^[a-z]+/[a-z+.-]+$' },
    ),
    securityScheme: {
      oneOf: [
        object(['type', 'in', 'name'], {
          type: { const: 'apiKey' },
          in: { enum: ['query', 'header', 'cookie'] },
          name: text,
          description: text,
        }),
        object(['type', 'scheme'], {
          type: { const: 'http' },
          scheme: text,
          bearerFormat: text,
          description: text,
        }),
      ],
    },
    // JSON Schema's own; each one is compiled by itself.
    schema: { type: 'object' },
  },
};
