import { ServiceError } from '../errors.ts';

/** What a provider has given a client, a code or tokens, does not sign the user in. */
export class SignInRefused extends ServiceError<'provider_code_rejected' | 'id_token_rejected' | 'id_token_missing'> {
  override readonly name = 'SignInRefused';
}

/** The 503 for a provider that cannot sign users in now. Nothing that the client did. */
export class ProviderUnavailable extends ServiceError<
  'provider_unavailable' | 'provider_client_refused' | 'provider_secret_unavailable'
> {
  override readonly name = 'ProviderUnavailable';
}
