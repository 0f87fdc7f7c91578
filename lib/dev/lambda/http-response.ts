import { carryCookies } from '../gateway/cookies.ts';

/** What API Gateway reads from a function's result. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The event of an HTTP API, a REST API, a function URL or a load balancer. */
interface HttpEvent extends Fields {
  readonly requestContext: Fields;
}

/** Whether the caller expects a response. An authorizer's event is of a request too, but its answer is none. */
export const isHttpEvent = (event: unknown): event is HttpEvent =>
  isRecord(event) &&
  isRecord(event.requestContext) &&
  event.type === undefined &&
  (event.version === '2.0' || typeof event.httpMethod === 'string');

/** What API Gateway answers for a function that fails, times out, or returns no response. A REST API has words of its own. */
export const failureOf = (event: HttpEvent): HttpResponse => {
  const [statusCode, message] = isOfHttpApi(event) ? [500, 'Internal Server Error'] : [502, 'Internal server error'];
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
};

/** serverless-offline leaves out the version of payload 1.0. There an HTTP API has its route, `GET /notes`, as the resource. */
const isOfHttpApi = ({ version, resource }: HttpEvent): boolean =>
  version !== undefined || /^\$default$| /.test(String(resource));

/**
 * Reads a function's result as API Gateway does, or says what is wrong with it. In payload 2.0 a result without a status is
 * the body of a 200. In payload 1.0 it is an error.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function readResult(result: unknown, { version }: HttpEvent): object | string {
  if (isRecord(result) && result.statusCode !== undefined) return readResponse(result);
  if (version !== '2.0') return 'The function returned no statusCode, which payload 1.0 needs';
  const body = typeof result === 'string' ? result : JSON.stringify(result);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}

function readResponse(response: Fields): object | string {
  const { statusCode, body } = response;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return `${statusCode} is not an HTTP status`;
  if (isText(body)) return { ...carryCookies(response), statusCode: status };
  return `The body must be a string, not ${Array.isArray(body) ? 'an array' : typeof body}. Use JSON.stringify.`;
}

const isText = (body: unknown): boolean => body === undefined || body === null || typeof body === 'string';

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
