import type { MetricDimensions } from '../observability/metrics.ts';
import type { Variables } from './variables.ts';

/** Where DynamoDB is: AWS's own in a region, or another one at an endpoint. */
export interface DynamoDbSettings {
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** The dimensions that separate this deployment's metrics from others. None are written if absent. */
export type MetricsSettings = MetricDimensions | undefined;

export const readDynamoDb = (variables: Variables): DynamoDbSettings => ({
  endpoint: variables.url('DYNAMODB_ENDPOINT'),
  region: variables.optional('AWS_REGION') ?? 'us-east-1',
});

/** Off unless they are turned on: on a laptop they are only noise. */
export function readMetrics(variables: Variables): MetricsSettings {
  if (variables.oneOf('METRICS', ['on', 'off']) !== 'on') return undefined;
  return { service: variables.required('SERVICE_NAME'), stage: variables.required('STAGE') };
}
