import { readAwsCredentials } from '../config/aws-credentials.ts';
import type { CredentialProvider } from './connection.ts';
import { serviceEndpoint } from './endpoint.ts';
import { createSignedRequests, type SendSigned, type SignedAnswer, type SignedRequest } from './signed-request.ts';
import { timeLeft } from './time-budget.ts';

/** One of AWS's services in a region. */
export interface ServiceConnection {
  /** The name that AWS signs by, such as `ses`. */
  readonly service: string;
  /** The first label of the service's host. Absent: the same name. */
  readonly host?: string;
  readonly region: string;
  /** Absent: AWS's own in the region. */
  readonly endpoint?: string | undefined;
  /** Absent: the environment's, as Lambda sets them. */
  readonly credentials?: CredentialProvider | undefined;
}

/**
 * Sends one request. @param timeout the most time that it takes, ms. Less if the request of the client has less left
 * @throws Error if no complete answer came
 */
export type SendToService = (request: Omit<SignedRequest, 'timeout'>, timeout: number) => Promise<SignedAnswer>;

/** Signs requests to a service of AWS. It connects at the first request, so a function that sends none does not connect. */
export function createServiceRequests(connection: ServiceConnection): SendToService {
  const { service, host = service, region, endpoint, credentials = async () => readAwsCredentials() } = connection;
  let send: SendSigned | undefined;
  return (request, timeout) => {
    send ??= createSignedRequests(
      { url: new URL(endpoint ?? serviceEndpoint(host, region)), region, credentials },
      service,
    );
    return send({ ...request, timeout: Math.max(1, Math.min(timeout, timeLeft())) });
  };
}
