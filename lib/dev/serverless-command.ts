import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The Serverless Framework's command, wherever npm has installed it: in a workspace, that is a folder above this one. */
export const serverlessCommand = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('serverless/package.json')), 'bin/serverless.js');
