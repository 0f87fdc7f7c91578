import type { ServerlessFunction, ServerlessService } from './serverless-service.ts';

/** Leaves out the functions that a stage's parameters turn off, and adds the JWT authorizer if they turn it on. */
export function arrangeOptionalParts({ functions, custom, provider }: ServerlessService): void {
  const { coreFunction, demoPage } = custom.engine;
  const { environment, httpApi } = provider;
  if (coreFunction !== 'on') delete functions.core;
  if (demoPage !== 'on') delete functions.page;
  if (environment.JWT_AUDIENCE) httpApi.authorizers[JWT_AUTHORIZER] = jwtAuthorizer(environment);
  else removeFunctionsBehindJwtAuthorizer(functions);
}

const JWT_AUTHORIZER = 'accessToken';

/** Without the authorizer API Gateway cannot protect the routes of these functions. */
function removeFunctionsBehindJwtAuthorizer(functions: Record<string, ServerlessFunction>): void {
  for (const [name, { events = [] }] of Object.entries(functions)) {
    const isBehindIt = events.some(
      ({ httpApi }) => typeof httpApi === 'object' && httpApi.authorizer?.name === JWT_AUTHORIZER,
    );
    if (isBehindIt) delete functions[name];
  }
}

/**
 * Returns API Gateway's own JWT authorizer. The issuer is the API's address. That address can be a CloudFormation function,
 * which serverless.yml cannot join to the paths.
 */
function jwtAuthorizer(environment: ServerlessService['provider']['environment']) {
  const { API_DOMAIN, API_GATEWAY_PATH, API_BASE_PATH, JWT_AUDIENCE } = environment;
  const path = `${API_GATEWAY_PATH}${API_BASE_PATH}`;
  return {
    type: 'jwt',
    identitySource: '$request.header.Authorization',
    issuerUrl: typeof API_DOMAIN === 'string' ? `${API_DOMAIN}${path}` : { 'Fn::Join': ['', [API_DOMAIN, path]] },
    audience: [JWT_AUDIENCE],
  };
}
