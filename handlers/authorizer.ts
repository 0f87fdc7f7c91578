import { sessionAuthorizer } from '../lib/http/authorizer.ts';

/** Token in the cookie or in the header. Never cache its answers. */
export const handler = sessionAuthorizer();

/** Token in the header only: the one whose answers API Gateway may cache. */
export const headerHandler = sessionAuthorizer({ transferMethod: 'header' });
