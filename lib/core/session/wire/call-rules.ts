import { type CdiVersion, isAtLeast } from '../../http/versions.ts';
import type { CallRules } from '../operations/call-rules.ts';

/** What a version of the CDI means for the operations of the core. */
export const rulesOf = (version: CdiVersion): CallRules => ({
  rotatesAtRefresh: isAtLeast(version, '5.6'),
  reportsChangedClaims: isAtLeast(version, '5.6'),
  accessTokenVersion: isAtLeast(version, '4.0') ? '5' : '4',
});
