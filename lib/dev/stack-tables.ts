import { createDefinedTables, type TableDefinition } from './dynamodb.ts';

/** What this plugin uses of the Serverless Framework's instance. */
interface Serverless {
  readonly service: {
    readonly provider: { readonly environment: { readonly DYNAMODB_ENDPOINT?: string } };
    readonly resources: { readonly Resources: Readonly<Record<string, Resource>> };
  };
}

interface Resource {
  readonly Type: string;
  readonly Properties?: object;
}

/** A Serverless plugin that creates every table under `resources` in the embedded DynamoDB of `npm run dev`. */
export default class ServerlessTables {
  readonly hooks: { 'before:offline:start:init'(): Promise<void> };

  constructor({ service }: Serverless) {
    this.hooks = {
      async 'before:offline:start:init'() {
        const { DYNAMODB_ENDPOINT: endpoint } = service.provider.environment;
        // Without an endpoint the tables are AWS's.
        if (endpoint) await createDefinedTables(endpoint, tableDefinitions(service.resources.Resources));
      },
    };
  }
}

/** Returns what CreateTable needs of every table. The rest, such as backups and TTL, has no meaning in development. */
export const tableDefinitions = (resources: Readonly<Record<string, Resource>>): TableDefinition[] =>
  Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
    .map(({ Properties }) => {
      const { TableName, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } =
        Properties as TableDefinition;
      return {
        TableName,
        AttributeDefinitions,
        KeySchema,
        ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
        ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
      };
    });
