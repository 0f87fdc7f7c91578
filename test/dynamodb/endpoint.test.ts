import { connectionTo } from '../../lib/dynamodb/connection.ts';
import { endpointOf } from '../../lib/dynamodb/endpoint.ts';
import { endpoints } from '../fixtures/dynamodb-endpoints.json';

test.each(Object.entries(endpoints))("DynamoDB in %s is at botocore's endpoint", (region, endpoint) => {
  expect(endpointOf(region)).toBe(endpoint);
});

test('a region that AWS opens later needs no update', () => {
  expect(endpointOf('ap-southeast-99')).toBe('https://dynamodb.ap-southeast-99.amazonaws.com');
  expect(endpointOf('cn-central-9')).toBe('https://dynamodb.cn-central-9.amazonaws.com.cn');
});

test('a function without DYNAMODB_ENDPOINT connects to its region', () => {
  expect(connectionTo({ region: 'cn-north-1' }).url.host).toBe('dynamodb.cn-north-1.amazonaws.com.cn');
});
