import { readStack } from '../fixtures/stack.ts';

/** A route of serverless.yml, as `METHOD /path`, and the module of its function. */
export interface DeployedRoute {
  readonly functionName: string;
  readonly key: string;
  readonly module: string;
}

/** All routes that any stage may have, but for the default one. */
export const deployedRoutes = (): DeployedRoute[] =>
  readStack().functions.flatMap(({ name, handler, routes }) =>
    routes
      .filter((key) => key !== '*')
      .map((key) => ({ functionName: name, key, module: handler.replace(/\.\w+$/, '.ts') })),
  );
