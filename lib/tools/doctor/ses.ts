import { isJsonObject, type Millis } from '../../core/types.ts';
import type { CredentialProvider } from '../../dynamodb/connection.ts';
import { serviceEndpoint } from '../../dynamodb/endpoint.ts';
import { createSignedRequests } from '../../dynamodb/signed-request.ts';

export interface SesAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Reads from Amazon SES. @param path such as `/v2/email/account`. @throws Error if SES does not respond */
export type ReadSes = (path: string) => Promise<SesAnswer>;

export interface SesReading {
  readonly region: string;
  /** Absent: SES's own in the region. */
  readonly endpoint: string | undefined;
  readonly credentials: CredentialProvider;
  /** How long a request may take, ms. */
  readonly timeout: Millis;
}

/** @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/ */
export function createSesReader({ region, endpoint, credentials, timeout }: SesReading): ReadSes {
  const url = new URL(endpoint ?? serviceEndpoint('email', region));
  const send = createSignedRequests({ url, region, credentials }, 'ses');
  return async (path) => {
    const { statusCode, body } = await send({ method: 'GET', path, headers: {}, timeout });
    return { status: statusCode, json: jsonIn(body) };
  };
}

function jsonIn(body: string): SesAnswer['json'] {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
