import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { fieldsOf, isObject, isText } from './fields.ts';

/**
 * A request as handlers see it, from every kind of event: API Gateway's payload 2.0 with header names in lower case.
 * Cookies are in `headers.cookie` too, the path has no stage or base-path mapping, and a text body is decoded. Only a
 * body that is no UTF-8 stays in base64, so that none is ever damaged.
 */
export interface GatewayRequest extends APIGatewayProxyEventV2 {
  /** Where SuperTokens' adapter looks first. */
  readonly httpMethod: string;
  readonly path: string;
  readonly cookies: string[];
}

/** A response as handlers return it, in API Gateway's payload 2.0. */
export interface GatewayResponse extends APIGatewayProxyStructuredResultV2 {
  statusCode: number;
}

/**
 * Which payload format an event has, and therefore its answer. An Application Load Balancer has one value per header,
 * or lists if its target group has multi-value headers. It accepts a response only in the form of its event.
 */
export type PayloadFormat = '1.0' | '2.0' | 'ALB' | 'ALB multi-value';

/**
 * The format of an HTTP API, REST API, function URL or load balancer. `undefined` if the event is not an HTTP request.
 */
export function payloadFormatOf(event: unknown): PayloadFormat | undefined {
  const { httpMethod, path, rawPath, requestContext, multiValueHeaders } = fieldsOf(event);
  const { http, elb } = fieldsOf(requestContext);
  if (isText(fieldsOf(http).method) && isText(rawPath)) return '2.0';
  if (isObject(elb) && isText(httpMethod) && isText(path))
    return isObject(multiValueHeaders) ? 'ALB multi-value' : 'ALB';
  return isText(httpMethod) && isText(path) && isObject(requestContext) ? '1.0' : undefined;
}
