/** SuperTokens' front-token: what the frontend may know of a session. No secret. */
export interface FrontToken {
  readonly userId: string;
  /** Until when the access token is good, by the API's clock, ms since the epoch. */
  readonly expires: number;
  /** The access token's claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * The front-token as the SDK keeps it, or `undefined` if no user is logged in. The SDK's own functions would refresh an
 * expired session at once. This one only reads.
 */
export function frontToken(): FrontToken | undefined {
  const text = cookie('sFrontToken');
  if (text === undefined || text === '') return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const { uid, ate, up } = JSON.parse(new TextDecoder().decode(bytes)) as {
    uid: string;
    ate: number;
    up: Record<string, unknown>;
  };
  return { userId: uid, expires: ate, claims: up };
}

/** The refresh token as the SDK keeps it for tokens in headers, for every script of this origin to read. */
export const readableRefreshToken = (): string | undefined => cookie('st-refresh-token');

function cookie(name: string): string | undefined {
  const pair = document.cookie.split('; ').find((entry) => entry.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
