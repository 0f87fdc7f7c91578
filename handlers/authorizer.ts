import { sessionAuthorizer } from '../lib/index.ts';

/** Access token in the cookie or in the header. Never cache its answers. */
export const handler = sessionAuthorizer();

/** Access token in the header only. API Gateway may cache this authorizer's answers, and no other's. */
export const headerHandler = sessionAuthorizer({ transferMethod: 'header' });
