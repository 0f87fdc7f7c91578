import { API_DOMAIN } from './settings.ts';

export interface SessionInfo {
  readonly userId: string;
  readonly sessionHandle: string;
  /** As the access token has them. */
  readonly roles: readonly string[];
}

/** The response of `GET /sessioninfo`, as far as this page shows it. */
interface SessionResponse {
  readonly userId: string;
  readonly sessionHandle: string;
  readonly accessTokenPayload: { readonly 'st-role'?: { readonly v: readonly string[] } };
}

/**
 * Asks the API about the session. SuperTokens adds the tokens to `fetch`. If the access token has expired, it refreshes the
 * token and repeats the request.
 * @throws Error if the API responds with an error
 */
export async function readSession(): Promise<SessionInfo> {
  const response = await fetch(`${API_DOMAIN}/sessioninfo`);
  if (!response.ok) throw new Error(`The API responded with ${response.status}.`);
  const { userId, sessionHandle, accessTokenPayload } = (await response.json()) as SessionResponse;
  return { userId, sessionHandle, roles: accessTokenPayload['st-role']?.v ?? [] };
}
