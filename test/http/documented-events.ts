import type { PayloadFormat } from '../../lib/http/gateway.ts';
import { readEvent } from '../../lib/http/read-event.ts';
import { documentedEvent, type GatewayKind } from '../fixtures/gateway.ts';

type Fields = Readonly<Record<string, unknown>>;

export const KINDS = ['http-api-v2', 'http-api-v1', 'rest-api', 'function-url', 'alb', 'alb-multi-value'] as const;
/** The payload format of each kind. */
export const FORMATS: Readonly<Record<GatewayKind, PayloadFormat>> = {
  'http-api-v2': '2.0',
  'http-api-v1': '1.0',
  'rest-api': '1.0',
  'function-url': '2.0',
  alb: 'ALB',
  'alb-multi-value': 'ALB multi-value',
};

/** Documented events of other kinds. */
export const NOT_HTTP = [
  'websocket-connect',
  'websocket-message',
  'scheduled',
  'sqs',
  'sns',
  's3',
  'dynamodb-stream',
  'token-authorizer',
  'warm-up-plugin',
];

/** A documented event with some of its fields changed, and of its request context. */
export function changed(kind: GatewayKind, fields: Fields, context: Fields = {}): Fields {
  const event = documentedEvent(kind);
  return { ...event, ...fields, requestContext: { ...(event.requestContext as Fields), ...context } };
}

/** That event as handlers see it. */
export const read = (kind: GatewayKind, fields: Fields = {}, context?: Fields, gatewayPath = '') =>
  readEvent(changed(kind, fields, context), FORMATS[kind], gatewayPath);
