import { isSecureUrl } from '../login/secure-url.ts';
import { readDynamoDb } from './deployment.ts';
import type { Variables } from './variables.ts';

/** A client of a provider, as you have registered it there. */
export interface ThirdPartyClient {
  /** SuperTokens' id of the provider, such as `google`. */
  readonly thirdPartyId: string;
  readonly clientId: string;
  /** What a button says. Absent: SuperTokens' own name of the provider. */
  readonly name?: string;
  /** The discovery document of a provider that SuperTokens does not know. */
  readonly oidcDiscoveryEndpoint?: string;
  /** What SuperTokens calls `additionalConfig`, such as Entra's `directoryId`. */
  readonly additionalConfig: Readonly<Record<string, string>>;
}

/** Where client secrets come from. In development, the environment has them. */
export type ClientSecretsChoice =
  | { readonly kind: 'environment'; readonly json: string }
  | { readonly kind: 'secrets-manager'; readonly name: string; readonly region: string };

export interface ThirdPartyConfig {
  readonly clients: readonly ThirdPartyClient[];
  /** Absent: clients have the secrets that `lib/app/recipes.ts` gives them. */
  readonly secrets: ClientSecretsChoice | undefined;
}

/** The providers that SuperTokens' SDK knows, and what it needs of each besides a client id and a secret. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'active-directory': ['directoryId'],
  apple: ['keyId', 'teamId'],
  bitbucket: [],
  discord: [],
  facebook: [],
  github: [],
  gitlab: [],
  google: [],
  'google-workspaces': [],
  linkedin: [],
  okta: ['oktaDomain'],
  twitter: [],
};

/** Reads the providers that users sign in with. */
export function readThirdParty(variables: Variables): ThirdPartyConfig {
  const clients = readClients(variables);
  const secrets = readSecretsChoice(variables);
  variables.check(
    'THIRD_PARTY_SECRET_NAME',
    clients.length === 0 || secrets !== undefined,
    'be set with THIRD_PARTY_CLIENTS: the secret has the clients’ secrets',
  );
  return { clients, secrets };
}

const FORMAT = '<provider>=<client id>,<setting>=<value>;<provider>=…';

/** Reads `<provider>=<client id>,<setting>=<value>;…`. A value may have `=`, but neither comma nor semicolon. */
function readClients(variables: Variables): ThirdPartyClient[] {
  const entries = (variables.optional('THIRD_PARTY_CLIENTS') ?? '').split(';').filter((entry) => entry.trim() !== '');
  const clients = entries.map(clientIn).filter((client) => client !== undefined);
  variables.check('THIRD_PARTY_CLIENTS', clients.length === entries.length, `be ${FORMAT}`);
  const ids = new Set(clients.map(({ thirdPartyId }) => thirdPartyId));
  variables.check('THIRD_PARTY_CLIENTS', ids.size === clients.length, 'name a provider once');
  for (const client of clients) checkClient(variables, client);
  return clients;
}

function clientIn(entry: string): ThirdPartyClient | undefined {
  const [provider, ...settings] = entry.split(',').map(pairIn);
  if (provider === undefined || settings.includes(undefined)) return undefined;
  const [thirdPartyId, clientId] = provider;
  const { name, oidcDiscoveryEndpoint, ...additionalConfig } = Object.fromEntries(
    settings.filter((setting) => setting !== undefined),
  );
  if (!/^[a-z0-9-]{1,28}$/.test(thirdPartyId) || !/^[!-~]+$/.test(clientId)) return undefined;
  return {
    thirdPartyId,
    clientId,
    ...(name !== undefined && { name }),
    ...(oidcDiscoveryEndpoint !== undefined && { oidcDiscoveryEndpoint }),
    additionalConfig,
  };
}

function pairIn(text: string): readonly [name: string, value: string] | undefined {
  const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(text) ?? [];
  return name === '' || value === '' ? undefined : [name, value];
}

function checkClient(variables: Variables, client: ThirdPartyClient): void {
  const { thirdPartyId, oidcDiscoveryEndpoint: endpoint, additionalConfig } = client;
  const needed = KNOWN[thirdPartyId];
  const check = (isGood: boolean, rule: string) => variables.check('THIRD_PARTY_CLIENTS', isGood, rule);
  check(needed !== undefined || endpoint !== undefined, `have an oidcDiscoveryEndpoint for ${thirdPartyId}`);
  check(
    endpoint === undefined || (isSecureUrl(endpoint) && endpoint.endsWith(DISCOVERY)),
    `have an https URL that ends with ${DISCOVERY} as the oidcDiscoveryEndpoint of ${thirdPartyId}`,
  );
  for (const name of needed ?? []) check(additionalConfig[name] !== undefined, `have ${name} for ${thirdPartyId}`);
  // Anyone can create a tenant. Entra does not verify the e-mails of its users.
  const { directoryId } = additionalConfig;
  check(
    directoryId === undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(directoryId),
    `have the id of one tenant, a UUID, as the directoryId of ${thirdPartyId}`,
  );
}

const DISCOVERY = '/.well-known/openid-configuration';

function readSecretsChoice(variables: Variables): ClientSecretsChoice | undefined {
  const name = variables.optional('THIRD_PARTY_SECRET_NAME');
  const json = variables.optional('THIRD_PARTY_SECRETS');
  variables.check(
    'THIRD_PARTY_SECRET_NAME',
    name === undefined || /^[\w/+=.@-]{1,512}$/.test(name),
    'be the name of a secret of AWS Secrets Manager, not its ARN',
  );
  variables.check(
    'THIRD_PARTY_SECRETS',
    json === undefined || isObjectOfTexts(json),
    'be a JSON object of texts, such as {"google":"…"}',
  );
  if (json !== undefined) return { kind: 'environment', json };
  return name === undefined ? undefined : { kind: 'secrets-manager', name, region: readDynamoDb(variables).region };
}

function isObjectOfTexts(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return (
      typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
    );
  } catch {
    return false;
  }
}
