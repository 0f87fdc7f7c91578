import type { ProviderInput } from 'supertokens-node/recipe/thirdparty/types';
import type { ThirdPartyClient } from '../../config/third-party-config.ts';
import { log } from '../../observability/log.ts';
import type { ReadSecrets } from '../../secrets/secrets.ts';
import { ProviderUnavailable } from './errors.ts';

type ProviderConfig = ProviderInput['config'];
type ClientConfig = NonNullable<ProviderConfig['clients']>[number];

/** Returns providers with the clients that the configuration has: those of the list, and further ones after them. */
export function withConfiguredClients(
  listed: readonly ProviderInput[],
  configured: readonly ThirdPartyClient[],
): ProviderInput[] {
  const own = listed.map((provider) => {
    const client = configured.find(({ thirdPartyId }) => thirdPartyId === provider.config.thirdPartyId);
    const { clients } = provider.config;
    return client === undefined || clients !== undefined
      ? provider
      : { ...provider, config: { ...providerOf(client).config, ...provider.config } };
  });
  const others = configured.filter(
    ({ thirdPartyId }) => !listed.some(({ config }) => config.thirdPartyId === thirdPartyId),
  );
  return [...own, ...others.map(providerOf)];
}

function providerOf(client: ThirdPartyClient): ProviderInput {
  const { thirdPartyId, clientId, name, oidcDiscoveryEndpoint, additionalConfig } = client;
  return {
    config: {
      thirdPartyId,
      ...(name !== undefined && { name }),
      ...(oidcDiscoveryEndpoint !== undefined && { oidcDiscoveryEndpoint }),
      clients: [
        {
          clientId,
          additionalConfig,
          ...(usesOpenIdConnect(client) && { scope: ['openid', 'email'] }),
          // Entra supports PKCE without saying so.
          ...((usesOpenIdConnect(client) || thirdPartyId === 'active-directory') && { forcePKCE: true }),
        },
      ],
    },
  };
}

const usesOpenIdConnect = ({ oidcDiscoveryEndpoint }: ThirdPartyClient): boolean => oidcDiscoveryEndpoint !== undefined;

/**
 * Gives the clients of a provider their secrets. SuperTokens reads a client's configuration in every request, and can wait
 * for it.
 * @param read absent: clients have the secrets that your code gives them
 * @returns the provider's configuration, and what fills in the secrets of its clients
 */
export function withSecrets(config: ProviderConfig, read: ReadSecrets | undefined) {
  const clients = (config.clients ?? []).map((client) => ({ ...client }));
  const waiting = clients.filter((client) => !hasSecret(config, client));
  const fill = async (): Promise<void> => {
    if (read === undefined || waiting.length === 0) return;
    try {
      const secrets = await read();
      for (const client of waiting) setSecret(config, client, secrets);
    } catch (error) {
      log('error', 'ClientSecretUnavailable', { thirdPartyId: config.thirdPartyId, error });
      throw new ProviderUnavailable(
        'provider_secret_unavailable',
        `Signing in with ${config.name ?? config.thirdPartyId} is not available right now. Please try again later.`,
      );
    }
  };
  return { config: { ...config, clients }, fill };
}

const isApple = ({ thirdPartyId }: ProviderConfig): boolean => thirdPartyId.startsWith('apple');

const hasSecret = (config: ProviderConfig, { clientSecret, additionalConfig }: ClientConfig): boolean =>
  clientSecret !== undefined || (isApple(config) && additionalConfig?.privateKey !== undefined);

/** Sets a client's secret. An empty text says that the client has none, as apps on phones. @throws Error if there is none */
function setSecret(config: ProviderConfig, client: ClientConfig, secrets: Readonly<Record<string, string>>): void {
  const { thirdPartyId } = config;
  const name = client.clientType === undefined ? thirdPartyId : `${thirdPartyId}.${client.clientType}`;
  const secret = secrets[name];
  if (secret === undefined) throw new Error(`The secret has no entry ${name}`);
  if (secret === '') return;
  // Apple's client secret is a JWT, which the SDK signs with the key.
  if (isApple(config)) client.additionalConfig = { ...client.additionalConfig, privateKey: secret };
  else client.clientSecret = secret;
}
