declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  /** How a log-in page ends: with a user, or with an OAuth error. */
  export type InteractionResult =
    | { readonly login: { readonly accountId: string; readonly remember: boolean } }
    | { readonly error: string; readonly error_description: string };

  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  interface Context {
    readonly oidc: {
      readonly client: { readonly clientId: string };
      readonly session: { readonly accountId: string };
      readonly provider: Provider;
    };
  }

  /** As much of the library's configuration as the local provider sets. */
  export interface Configuration {
    readonly clients: readonly object[];
    readonly jwks: { readonly keys: readonly object[] };
    readonly cookies: { readonly keys: readonly string[] };
    readonly claims: Readonly<Record<string, readonly string[]>>;
    readonly conformIdTokenClaims: boolean;
    readonly ttl: Readonly<Record<string, number>>;
    readonly pkce: { required(): boolean };
    readonly features: Readonly<Record<string, { readonly enabled: boolean }>>;
    readonly interactions: { url(context: unknown, interaction: { readonly uid: string }): string };
    findAccount(context: unknown, id: string): Promise<{ accountId: string; claims(): Promise<object> } | undefined>;
    loadExistingGrant(context: Context): Promise<Grant>;
  }

  /** An OAuth 2.0 and OpenID Connect provider, certified by the OpenID Foundation. */
  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    readonly Grant: new (properties: {
      clientId: string;
      accountId: string;
    }) => Grant;
    readonly Client: { prototype: { redirectUriAllowed(uri: string): boolean } };
    callback(): RequestListener;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: InteractionResult): Promise<void>;
  }
}
