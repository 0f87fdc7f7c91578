import { type AwsCredentials, readAwsCredentials } from '../config/aws-credentials.ts';
import { endpointOf } from './endpoint.ts';

/**
 * Returns the credentials to sign a request with. The AWS SDK's credential providers have this type.
 * @param options `forceRefresh` if AWS has refused the last ones, so that a provider which caches them reads them again
 */
export type CredentialProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<AwsCredentials>;

export interface DynamoDbOptions {
  /** Another endpoint than AWS's own for the region. It may hold credentials: `http://<access key id>@127.0.0.1:<port>`. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Where credentials come from. Absent: from the environment, as Lambda sets it; on this machine, none are needed. */
  readonly credentials?: CredentialProvider | undefined;
  /** Hears what each call has consumed. DynamoDB is asked for it only if this is set. */
  readonly onConsumed?: (operation: string, capacityUnits: number) => void;
}

/** Where requests go, and what they are signed with. */
export interface Connection {
  readonly url: URL;
  readonly region: string;
  readonly credentials: CredentialProvider;
}

/** DynamoDB Local takes any credentials, but requests must be signed. */
const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

export function connectionTo({ endpoint, region, credentials }: DynamoDbOptions): Connection {
  const url = new URL(endpoint ?? endpointOf(region));
  return { url, region, credentials: credentialsIn(url) ?? credentials ?? (async () => readAwsCredentials()) };
}

/** Whether AWS credentials are needed: the endpoint has none, and it is not on this machine. */
export const needsAwsCredentials = (options: DynamoDbOptions): boolean =>
  credentialsIn(connectionTo(options).url) === undefined;

/** Returns the endpoint's own credentials, any for this machine, and otherwise `undefined`. */
function credentialsIn({ hostname, username, password }: URL): CredentialProvider | undefined {
  if (username !== '') return async () => ({ accessKeyId: username, secretAccessKey: password || 'local' });
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? async () => LOCAL : undefined;
}
