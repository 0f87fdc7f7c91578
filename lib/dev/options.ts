import { parseArgs } from 'node:util';
import { processEnvironment } from '../config/environment.ts';
import { CannotStart } from './cannot-start.ts';

export const HELP = `npm run dev -- [options]

Runs the service on this machine, with its database. Changed handlers are rebuilt at once.

  --fresh            starts with an empty database
  --port N           the API's port (PORT, or else 3001)
  --website URL      the website that calls the API (WEBSITE_DOMAIN, or else http://localhost:3000)
  --data FOLDER      the database's folder (DATA_DIR, or else .data). "memory" keeps it in memory only
  --access-token-validity SECONDS
                     how long access tokens last (ACCESS_TOKEN_VALIDITY, or else 3600). With 20, you can watch one expire
  --sign-in-provider on|off
                     whether a provider on this machine stands in for Google and others (SIGN_IN_PROVIDER, or else on)
  --inspect          lets a debugger attach to the functions
  --inspect-port N   the debugger's port (9229, or the next free port)
`;

export interface Options {
  readonly help: boolean;
  readonly fresh: boolean;
  readonly port: number;
  readonly website: string;
  readonly data: string;
  readonly accessTokenValidity: string;
  /** Whether the local sign-in provider runs, if the recipes use it. */
  readonly signInProvider: boolean;
  readonly inspect: boolean;
  readonly inspectPort: number | undefined;
}

/** @throws CannotStart if a port is none; an error `ERR_PARSE_ARGS_…` if an option is unknown */
export function readOptions(): Options {
  const environment = processEnvironment();
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      port: { type: 'string', default: environment.PORT ?? '3001' },
      website: { type: 'string', default: environment.WEBSITE_DOMAIN ?? 'http://localhost:3000' },
      data: { type: 'string', default: environment.DATA_DIR ?? '.data' },
      'access-token-validity': { type: 'string', default: environment.ACCESS_TOKEN_VALIDITY ?? '' },
      'sign-in-provider': { type: 'string', default: environment.SIGN_IN_PROVIDER || 'on' },
      inspect: { type: 'boolean', default: false },
      'inspect-port': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const inspectPort = values['inspect-port'];
  return {
    ...values,
    port: readPort('--port', values.port),
    accessTokenValidity: values['access-token-validity'],
    signInProvider: readSwitch('--sign-in-provider', values['sign-in-provider']),
    // NODE_OPTIONS=--inspect reaches npm and this process too. They take the port, and have nothing to debug.
    inspect: values.inspect || inspectPort !== undefined || INSPECT.test(environment.NODE_OPTIONS ?? ''),
    inspectPort: inspectPort === undefined ? undefined : readPort('--inspect-port', inspectPort),
  };
}

/** @throws CannotStart if the text is no port */
export function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new CannotStart(`${option} ${text} is not a port`);
  return port;
}

function readSwitch(option: string, text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new CannotStart(`${option} must be on or off, not ${text}`);
  return text === 'on';
}

const INSPECT = /--inspect(?:-brk|-wait)?(?:=\S+)?(?=\s|$)/;

/** `NODE_OPTIONS` for a process of ours that a debugger does not attach to by them. */
export const withoutInspect = (nodeOptions: string | undefined): string =>
  (nodeOptions ?? '').replaceAll(new RegExp(INSPECT, 'g'), '');
