import { parseArgs } from 'node:util';
import type { Environment } from '../config/environment.ts';

export const HELP = `npm run core -- [options]

Serves the core over HTTP, for backends in any language.

  --host NAME     the address that it listens on (SUPERTOKENS_HOST, or else localhost)
  --port N        the port that it listens on (SUPERTOKENS_PORT, or else 3567)
  --data FOLDER   the embedded database's folder (SUPERTOKENS_DATA_DIR, or else .data/core-<port>). "memory" keeps it in
                  memory only

docs/core-over-http.md lists the environment variables: validities, API keys, and a DynamoDB of your own.
Exit codes: 0 stopped by a signal; 1 failed; 2 wrong usage.
`;

/** @throws an error `ERR_PARSE_ARGS_…` if an option is unknown */
export const readOptions = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }).values;

/** The environment, as the options change it: an option wins over its variable. */
export const withOptions = (
  environment: Environment,
  { host, port, data }: ReturnType<typeof readOptions>,
): Environment => ({
  ...environment,
  ...(host !== undefined && { SUPERTOKENS_HOST: host }),
  ...(port !== undefined && { SUPERTOKENS_PORT: port }),
  ...(data !== undefined && { SUPERTOKENS_DATA_DIR: data }),
});
