import { createDefinedTables, type TableDefinition } from './dynamodb.ts';

/** A serverless.yml, as far as tables matter. */
export interface ServiceWithTables {
  readonly provider: { readonly environment: { readonly DYNAMODB_ENDPOINT?: string } };
  readonly resources: { readonly Resources: Readonly<Record<string, Resource>> };
}

interface Resource {
  readonly Type: string;
  readonly Properties?: object;
}

/** Creates every table under `resources` in the embedded DynamoDB of `npm run dev`. */
export async function createStackTables({ provider, resources }: ServiceWithTables): Promise<void> {
  const { DYNAMODB_ENDPOINT: endpoint } = provider.environment;
  // Without an endpoint the tables are AWS's.
  if (endpoint) await createDefinedTables(endpoint, tableDefinitions(resources.Resources));
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
