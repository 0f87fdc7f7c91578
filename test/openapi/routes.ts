import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A route of serverless.yml, as `METHOD /path`, and the module of its function. */
export interface DeployedRoute {
  readonly key: string;
  readonly module: string;
}

interface ServerlessYml {
  readonly functions: Readonly<
    Record<string, { readonly handler: string; readonly events?: readonly { readonly httpApi?: HttpApi }[] }>
  >;
}
type HttpApi = string | { readonly method: string; readonly path: string };

/** All routes that any stage may have, but for the default one. */
export function deployedRoutes(): DeployedRoute[] {
  const { functions } = parse(readFileSync('serverless.yml', 'utf8'), {
    merge: true,
    logLevel: 'silent',
  }) as ServerlessYml;
  return Object.values(functions).flatMap(({ handler, events = [] }) =>
    events.flatMap(({ httpApi }) => {
      if (httpApi === undefined || httpApi === '*') return [];
      const key = typeof httpApi === 'string' ? httpApi : `${httpApi.method.toUpperCase()} ${httpApi.path}`;
      return [
        { key: key.replace(/\$\{self:custom\.apiBasePath\}/, '/auth'), module: handler.replace(/\.\w+$/, '.ts') },
      ];
    }),
  );
}
