import { decodeJwt } from 'jose';
import type { Answer } from '../fixtures/lambda.ts';

/** What a browser has of its session. */
export interface Tokens {
  access: string;
  refresh: string;
  /** Of the access token, ms. */
  expiry: number;
}

export function tokensIn({ headers }: Answer): Tokens {
  const access = headers['st-access-token'] ?? '';
  return { access, refresh: headers['st-refresh-token'] ?? '', expiry: (decodeJwt(access).exp ?? 0) * 1000 };
}

export const handleIn = ({ access }: Tokens): string => String(decodeJwt(access).sessionHandle);
