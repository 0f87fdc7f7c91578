import type { CoreContext } from '../../context.ts';
import type { AccessTokenVersion } from '../rules/access-token.ts';

/** What an operation does differently for callers that speak an older version of the CDI. */
export interface CallRules {
  /** Refresh rotates at once and verifying never writes, rather than in two phases. */
  readonly rotatesAtRefresh: boolean;
  /** Verifying reports changed claims. Otherwise it issues a token with the changed claims. */
  readonly reportsChangedClaims: boolean;
  /** The version of the access tokens of new and refreshed sessions. */
  readonly accessTokenVersion: AccessTokenVersion;
}

/** One operation of the core. @throws InputRejected, StoreUnavailable */
export type Operation<Input, Result> = (context: CoreContext, input: Input, rules: CallRules) => Promise<Result>;

/** Whether refresh rotates at once: because the caller's version says so, or because the core is configured to. */
export const rotatesAtRefresh = ({ config }: CoreContext, rules: CallRules): boolean =>
  config.rotation === 'on-refresh' || rules.rotatesAtRefresh;
