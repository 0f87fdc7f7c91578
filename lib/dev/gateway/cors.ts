import { type HapiServer, headersOf } from './hapi.ts';

/**
 * Leaves the CORS headers of responses to hapi. Like API Gateway, hapi adds those of serverless.yml for an allowed origin,
 * and none for another. serverless-offline allows any origin beforehand, and keeps the function's headers, which API Gateway
 * replaces. Its answers to preflights are right.
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
