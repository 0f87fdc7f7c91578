import { hasWildcard, parseWebsites } from '../config/websites.ts';
import type { ServerlessService } from './serverless-service.ts';

/**
 * Gives API Gateway's CORS the list of websites, if it can answer for all of them. API Gateway compares whole origins.
 * It knows two wildcards: every origin, and every origin of a scheme. With credentials, each would open the API to all
 * of them. So with a wildcard the functions answer instead. Without a configuration, API Gateway passes on their
 * headers, and its default route takes the preflights.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function arrangeCors({ environment, httpApi }: ServerlessService['provider']): void {
  // What is no list of websites is refused when packaging.
  const websites = parseWebsites(String(environment.WEBSITE_DOMAIN ?? ''));
  if (websites === undefined || httpApi.cors === undefined) return;
  if (hasWildcard(websites)) delete httpApi.cors;
  else httpApi.cors.allowedOrigins = [...websites];
}
