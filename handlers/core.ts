import { coreFunction } from '../lib/server/lambda.ts';

/** ANY /core/{proxy+}: the built-in core over HTTP, for backends elsewhere. Off unless a stage turns it on. */
export const handler = coreFunction();
