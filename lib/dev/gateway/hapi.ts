import type { Server as HttpServer, IncomingHttpHeaders } from 'node:http';

/** What we use of the server that serverless-offline runs. @see https://hapi.dev/api */
export interface HapiServer {
  readonly listener: HttpServer;
  readonly events: { on(event: 'response', listener: (request: HapiRequest) => void): void };
  ext(
    event: 'onRequest' | 'onPreAuth' | 'onPostHandler' | 'onPreResponse',
    method: (request: HapiRequest, h: Toolkit) => symbol,
  ): void;
  route(route: HapiRoute): void;
}

interface HapiRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: (request: HapiRequest, h: Toolkit) => Promise<object>;
}

export interface HapiRequest {
  /** In lower case. */
  method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** `received` is in ms since 1970. */
  readonly info: { readonly received: number };
  /** `null` if the client has gone before the answer. */
  readonly response: HapiResponse | HapiError | null;
  setMethod(method: string): void;
}

export interface HapiResponse {
  statusCode: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
}

/** An error of hapi's own, such as a request that it cannot read. */
interface HapiError {
  readonly output: HapiResponse;
}

interface Toolkit {
  readonly continue: symbol;
  /** A response with an object as JSON. */
  response(body: object): { code(statusCode: number): object };
}

export const responseOf = ({ response }: HapiRequest): HapiResponse | null =>
  response !== null && 'output' in response ? response.output : response;

export const headersOf = (request: HapiRequest): HapiResponse['headers'] => responseOf(request)?.headers ?? {};
