import { configurationFaults, coreFunctionFaults, keyFunctionFaults } from '../config/configuration-faults.ts';
import type { ServerlessService } from './serverless-service.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Returns the faults of what serverless.yml puts into the functions' environments: the shared ones, then each function's own. */
export function environmentFaults({ provider, functions, custom }: ServerlessService): string[] {
  const core = { CORE_FUNCTION: custom.engine.coreFunction, API_KEYS: functions.core?.environment?.API_KEYS };
  const shared = faultsOf({ ...provider.environment, ...core });
  const own = Object.entries(functions).flatMap(([name, { environment = {} }]) =>
    faultsOf({ ...provider.environment, ...environment }, JUDGES[name])
      .filter((fault) => !shared.includes(fault))
      .map((fault) => `${fault} (function ${name})`),
  );
  return [
    ...shared,
    ...own,
    ...secretFaults(functions),
    ...pathFaults(provider.environment),
    ...sizeFaults({ provider, functions }),
  ];
}

/** The functions that do not get what every function gets. */
const JUDGES: Readonly<Record<string, typeof keyFunctionFaults>> = {
  rotateKeys: keyFunctionFaults,
  core: coreFunctionFaults,
};

/** A role that may read a function's configuration reads its environment in plain text. */
const secretFaults = (functions: ServerlessService['functions']): string[] =>
  Object.entries(functions)
    .filter(([, { environment = {} }]) => Boolean(environment.THIRD_PARTY_SECRETS))
    .map(
      ([name]) =>
        `THIRD_PARTY_SECRETS must be absent: it is for npm run dev alone. Put the secrets into AWS Secrets Manager, and set THIRD_PARTY_SECRET_NAME (function ${name})`,
    );

/** serverless.yml builds routes and the tokens' issuer from these as they are written. The functions read them without the slash. */
const pathFaults = (environment: Variables): string[] =>
  ['API_BASE_PATH', 'API_GATEWAY_PATH']
    .filter(
      (name) => String(environment[name] ?? '').endsWith('/') || (name === 'API_BASE_PATH' && environment[name] === ''),
    )
    .map(
      (name) =>
        `${name} must not ${environment[name] === '' ? 'be empty' : 'end with a slash'}: it is part of the routes and of the tokens' issuer`,
    );

/**
 * Lambda's limit for all variables of a function together, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_BYTES = 4096;

function sizeFaults({ provider, functions }: Pick<ServerlessService, 'provider' | 'functions'>): string[] {
  return Object.entries(functions).flatMap(([name, { environment = {} }]) => {
    const texts = Object.entries({ ...provider.environment, ...environment }).map(
      ([variable, value]) => variable + (isKnownWhenDeployed(value) ? '' : String(value ?? '')),
    );
    const bytes = Buffer.byteLength(texts.join(''));
    return bytes > MAX_BYTES
      ? [`The environment of the function ${name} has ${bytes} bytes, and Lambda allows ${MAX_BYTES}`]
      : [];
  });
}

function faultsOf(variables: Variables, judge: typeof keyFunctionFaults = configurationFaults): string[] {
  const entries = Object.entries(variables).filter(([, value]) => value !== undefined && value !== null);
  const unknown = entries.filter(([, value]) => isKnownWhenDeployed(value)).map(([name]) => name);
  const environment = Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  return judge(environment).filter((fault) => !unknown.some((name) => fault.startsWith(`${name} `)));
}

/** A function of CloudFormation, or a dynamic reference such as `{{resolve:secretsmanager:NAME}}`. */
const isKnownWhenDeployed = (value: unknown): boolean =>
  typeof value === 'object' || String(value).includes('{{resolve:');
