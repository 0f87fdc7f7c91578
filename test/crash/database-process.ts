// An embedded DynamoDB that keeps its data in a folder, to be killed: <folder> <port> <access key id>
import { createTables, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { TABLE_NAMES } from './tables.ts';

// It does not outlive the process that started it.
process.stdin.resume().once('end', () => process.exit());

const [folder = '', port, accessKeyId = ''] = process.argv.slice(2);
const { endpoint } = await startEmbeddedDynamoDb({ folder, port: Number(port), accessKeyId });
await createTables(endpoint, TABLE_NAMES);
process.stdout.write('ready\n');
