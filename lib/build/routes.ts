/** The functions of a serverless.yml, as far as their routes are concerned. */
export type ServerlessFunctions = Readonly<Record<string, { readonly events?: readonly FunctionEvent[] }>>;

interface FunctionEvent {
  readonly httpApi?: string | { readonly method: string; readonly path: string };
}

/** The routes of a service as `METHOD /path`, without the default route. The method may be `ANY`. */
export const routesOf = (functions: ServerlessFunctions): string[] =>
  Object.values(functions)
    .flatMap(({ events = [] }) => events)
    .flatMap(({ httpApi }) => (httpApi === undefined ? [] : [routeKey(httpApi)]))
    .filter((route) => route.includes(' /'));

function routeKey(httpApi: NonNullable<FunctionEvent['httpApi']>): string {
  const route = typeof httpApi === 'string' ? httpApi : `${httpApi.method} ${httpApi.path}`;
  return route.replace(/^\S+/, (method) => (method === '*' ? 'ANY' : method.toUpperCase()));
}
