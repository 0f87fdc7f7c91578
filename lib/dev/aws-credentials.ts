import type { CredentialProvider } from '../dynamodb/connection.ts';

/** No AWS credentials were found, or those found cannot be used. The message is that of AWS's SDK. */
export class NoAwsCredentials extends Error {
  override readonly name = 'NoAwsCredentials';
}

/**
 * Finds AWS credentials for a command, as the AWS CLI does: environment variables, profiles (with roles, `sso_session` or
 * `credential_process`), web identity, containers, virtual machines. The provider replaces them before they expire.
 * @throws NoAwsCredentials
 */
export async function findAwsCredentials(): Promise<CredentialProvider> {
  // Only commands that use AWS load AWS's SDK.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const provider = defaultProvider();
  try {
    await provider();
  } catch (error) {
    throw new NoAwsCredentials(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return provider;
}
