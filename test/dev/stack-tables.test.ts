import { startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { createStackTables } from '../../lib/dev/stack-tables.ts';
import { createCall } from '../../lib/dynamodb/call.ts';

test('every table under resources is created, one with an index too, and once however often', async () => {
  const database = await startEmbeddedDynamoDb();
  try {
    const index = {
      IndexName: 'byDay',
      KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    };
    const NotesTable = {
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      Properties: {
        TableName: 'shop-dev-notes',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'day'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [index],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    };
    const service = {
      provider: { environment: { DYNAMODB_ENDPOINT: database.endpoint } },
      resources: { Resources: { NotesTable, NotesRole: { Type: 'AWS::IAM::Role' } } },
    };
    await createStackTables(service);
    await createStackTables(service);
    const call = createCall({ endpoint: database.endpoint, region: 'us-east-1' });
    expect(await call('ListTables', {})).toMatchObject({ TableNames: ['shop-dev-notes'] });
    expect(await call('DescribeTable', { TableName: 'shop-dev-notes' })).toMatchObject({
      Table: { GlobalSecondaryIndexes: [{ IndexName: 'byDay' }] },
    });
  } finally {
    await database.stop();
  }
});
