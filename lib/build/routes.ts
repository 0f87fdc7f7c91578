import type { HttpApiEvent, ServerlessFunction } from './serverless-service.ts';

/** The functions of a serverless.yml, as far as their routes are concerned. */
export type RoutedFunctions = Readonly<Record<string, Pick<ServerlessFunction, 'events'>>>;

/** The routes of a service as `METHOD /path`, without the default route. The method may be `ANY`. */
export const routesOf = (functions: RoutedFunctions): string[] =>
  Object.values(functions)
    .flatMap(({ events = [] }) => events)
    .flatMap(({ httpApi }) => (httpApi === undefined ? [] : [routeKey(httpApi)]))
    .filter((route) => route.includes(' /'));

function routeKey(httpApi: string | HttpApiEvent): string {
  const route = typeof httpApi === 'string' ? httpApi : `${httpApi.method} ${httpApi.path}`;
  return route.replace(/^\S+/, (method) => (method === '*' ? 'ANY' : method.toUpperCase()));
}
