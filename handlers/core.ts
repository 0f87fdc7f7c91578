import { coreFunction } from '../lib/server/lambda.ts';

/** ANY /core/{proxy+}: the session core over HTTP, for backends elsewhere. Off unless a stage turns it on. */
export const handler = coreFunction();
