import { type HapiRequest, type HapiResponse, type HapiServer, headersOf, responseOf } from './hapi.ts';

/**
 * Leaves the CORS headers of responses to hapi. Like API Gateway, hapi adds those of serverless.yml for an allowed
 * origin, and none for another. Before that, serverless-offline allows any origin, and keeps the function's headers.
 * API Gateway replaces them. Its answers to preflights are right.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function allowOnlyTheWebsite(server: HapiServer): void {
  server.ext('onPreResponse', (request, h) => {
    const headers = headersOf(request);
    for (const name of Object.keys(headers)) {
      if (request.method !== 'options' && name.toLowerCase().startsWith('access-control-')) delete headers[name];
    }
    return h.continue;
  });
}

/**
 * Leaves the CORS headers of responses, and the answers to preflights, to the functions. Without CORS in serverless.yml, API
 * Gateway passes on what they say. serverless-offline would allow any origin instead.
 */
export function keepCorsOfFunctions(server: HapiServer): void {
  const written = new WeakMap<HapiRequest, HapiResponse>();
  server.ext('onPostHandler', (request, h) => {
    const response = responseOf(request);
    if (response !== null) written.set(request, { statusCode: response.statusCode, headers: { ...response.headers } });
    return h.continue;
  });
  server.ext('onPreResponse', (request, h) => {
    const response = responseOf(request);
    const original = written.get(request);
    if (response !== null) restoreCors(response, original?.headers ?? {});
    if (response !== null && original !== undefined) response.statusCode = original.statusCode;
    return h.continue;
  });
}

function restoreCors({ headers }: HapiResponse, original: HapiResponse['headers']): void {
  for (const name of Object.keys(headers).filter((header) => header.toLowerCase().startsWith('access-control-'))) {
    const value = original[name];
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
}
