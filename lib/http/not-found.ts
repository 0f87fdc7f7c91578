import { ServiceError } from './errors.ts';
import type { GatewayRequest } from './gateway.ts';

/** `METHOD /path/{with}/parameters`, as serverless.yml writes it; the method may be `ANY`. */
export type RouteKey = string;

/**
 * Says why no route answers a request: 405 with the methods that its path does have, or 404.
 * @throws HttpError always
 */
export function refuseUnrouted({ httpMethod, path }: GatewayRequest, routes: readonly RouteKey[]): never {
  const methods = methodsAt(path, routes);
  if (methods.length === 0) throw new ServiceError('not_found', 'Not Found');
  const allow = methods.join(', ');
  throw new ServiceError('method_not_allowed', `${httpMethod} is not allowed here. Allowed: ${allow}`, { allow });
}

/** Whether one of the routes answers a request. A slash at the end of the path is ignored. No route of them may be `ANY`. */
export const isRouted = ({ httpMethod, path }: GatewayRequest, routes: readonly RouteKey[]): boolean =>
  methodsAt(path, routes).includes(httpMethod);

/** The methods of the routes that a path has. */
const methodsAt = (path: string, routes: readonly RouteKey[]): string[] =>
  routes.flatMap((route) => {
    const [method = '', pattern = ''] = route.split(' ');
    return matches(path, pattern) ? [method] : [];
  });

/** `{name}` stands for one segment, `{name+}` for one or more. */
function matches(path: string, pattern: string): boolean {
  const segments = pattern.split('/').map((segment) => {
    if (/^\{.+\+\}$/.test(segment)) return '.+';
    return /^\{.+\}$/.test(segment) ? '[^/]+' : segment.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}/?$`).test(path);
}
