import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CannotStart } from '../cannot-start.ts';
import { firstFreePort } from '../ports.ts';

/** The OpenID Connect provider of this machine, which stands in for Google and others. */
export interface SignInProvider {
  /** Its address, such as `http://localhost:3101`. */
  readonly issuer: string;
  /** What configures it in the API: environment variables, as docs/configuration.md lists them. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The provider's id in SuperTokens. */
const LOCAL_PROVIDER_ID = 'local';

/** Ports near the API's are often those of websites. */
const PORT_DISTANCE = 100;

const PRELOAD = new URL('../exit-with-parent.mjs', import.meta.url).href;
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Whether a list of recipes, as `lib/app/recipes.ts` has it, uses ThirdParty. Without it, there is nothing to sign in to. */
export const usesThirdParty = (source: string): boolean =>
  /^import .*['"]supertokens-node\/recipe\/thirdparty['"]/m.test(source);

/**
 * Starts the local provider in a process of its own. It ends with this process.
 * @param apiPort the API's port. The provider gets a free port above it
 * @param own the providers that you have configured yourself. They stay
 * @throws CannotStart
 */
export async function startSignInProvider(
  apiPort: number,
  own: Readonly<Record<string, string | undefined>> = {},
): Promise<SignInProvider> {
  const client = { id: 'local-client', secret: randomUUID() };
  const port = await firstFreePort(apiPort + PORT_DISTANCE);
  const issuer = `http://localhost:${port}`;
  const child = spawn(process.execPath, ['--import', PRELOAD, MAIN, issuer, client.id, client.secret], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  // Only then has all been read that the process printed.
  const ended = once(child, 'close');
  const failed = ended.then(() => `The local sign-in provider did not start:\n${said.join('')}`);
  const failure = await Promise.race([once(child.stdout, 'data').then(() => undefined), failed]);
  if (failure !== undefined) throw new CannotStart(failure);
  return {
    issuer,
    environment: environmentOf(issuer, client, own),
    async stop() {
      child.kill();
      await ended;
    },
  };
}

function environmentOf(
  issuer: string,
  client: { readonly id: string; readonly secret: string },
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const discovery = `oidcDiscoveryEndpoint=${issuer}/.well-known/openid-configuration`;
  const clients = `${LOCAL_PROVIDER_ID}=${client.id},name=Local provider,${discovery}`;
  const secrets = JSON.parse(own.THIRD_PARTY_SECRETS || '{}') as Readonly<Record<string, string>>;
  return {
    THIRD_PARTY_CLIENTS: [own.THIRD_PARTY_CLIENTS, clients].filter(Boolean).join(';'),
    THIRD_PARTY_SECRETS: JSON.stringify({ ...secrets, [LOCAL_PROVIDER_ID]: client.secret }),
  };
}
