const { stop } = require('esbuild');

/** A plugin for serverless.yml: what cannot be said there of the functions. */
module.exports = class ServerlessFunctions {
  constructor(serverless) {
    // Not before: until then stage parameters stand here as they are written.
    // After a build error, serverless-esbuild keeps esbuild's process, and the command would never end.
    this.hooks = { initialize: () => arrange(serverless.service), error: () => stop() };
  }
};

function arrange({ functions, custom, provider }) {
  const { coreFunction, demoPage } = custom.engine;
  if (coreFunction !== 'on') delete functions.core;
  if (demoPage !== 'on') delete functions.page;
  if (provider.environment.JWT_AUDIENCE) provider.httpApi.authorizers.accessToken = jwtAuthorizer(provider.environment);
  else removeFunctionsBehindJwtAuthorizer(functions);
}

/** Without the authorizer, API Gateway cannot protect their routes. */
function removeFunctionsBehindJwtAuthorizer(functions) {
  for (const [name, { events = [] }] of Object.entries(functions)) {
    if (events.some(({ httpApi }) => httpApi?.authorizer?.name === 'accessToken')) delete functions[name];
  }
}

/**
 * API Gateway's own authorizer. The issuer is the API's address, which can be a CloudFormation function that serverless.yml
 * cannot join to the paths.
 */
function jwtAuthorizer({ API_DOMAIN, API_GATEWAY_PATH, API_BASE_PATH, JWT_AUDIENCE }) {
  const path = `${API_GATEWAY_PATH}${API_BASE_PATH}`;
  return {
    type: 'jwt',
    identitySource: '$request.header.Authorization',
    issuerUrl: typeof API_DOMAIN === 'string' ? `${API_DOMAIN}${path}` : { 'Fn::Join': ['', [API_DOMAIN, path]] },
    audience: [JWT_AUDIENCE],
  };
}
