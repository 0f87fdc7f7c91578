import { type Environment, processEnvironment } from './environment.ts';

/** What requests to AWS are signed with. The names are those of the AWS SDK. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials, such as those of a Lambda function, have one. */
  readonly sessionToken?: string | undefined;
}

/**
 * Returns the credentials that Lambda, or a shell, has in its environment.
 * @throws Error if the environment has none
 */
export function readAwsCredentials(environment: Environment = processEnvironment()): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) throw new Error('The environment has no AWS credentials');
  return { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN || undefined };
}
