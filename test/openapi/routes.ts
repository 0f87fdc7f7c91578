import { serviceFunctions } from '../fixtures/service-functions.ts';

/** A route of serverless.yml, as `METHOD /path`, and the module of its function. */
export interface DeployedRoute {
  readonly functionName: string;
  readonly key: string;
  readonly module: string;
}

/** All routes that any stage may have, but for the default one. */
export function deployedRoutes(): DeployedRoute[] {
  return Object.entries(serviceFunctions()).flatMap(([functionName, { handler, events = [] }]) =>
    events.flatMap(({ httpApi }) => {
      if (httpApi === undefined || httpApi === '*') return [];
      const key = typeof httpApi === 'string' ? httpApi : `${httpApi.method.toUpperCase()} ${httpApi.path}`;
      return [
        {
          functionName,
          key: key.replace(/\$\{self:custom\.engine\.apiBasePath\}/, '/auth'),
          module: handler.replace(/\.\w+$/, '.ts'),
        },
      ];
    }),
  );
}
