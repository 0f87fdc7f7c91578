import type { CallRules } from '../context.ts';

/** The CDI versions that this core answers in, oldest first. */
export const CDI_VERSIONS = ['3.0', '3.1', '4.0', '5.0', '5.1', '5.2', '5.3', '5.4', '5.5', '5.6'] as const;

export type CdiVersion = (typeof CDI_VERSIONS)[number];

export const NEWEST_CDI_VERSION: CdiVersion = '5.6';

export const isCdiVersion = (version: string): version is CdiVersion =>
  (CDI_VERSIONS as readonly string[]).includes(version);

export const isAtLeast = (version: CdiVersion, other: CdiVersion): boolean =>
  CDI_VERSIONS.indexOf(version) >= CDI_VERSIONS.indexOf(other);

/** What a version of the CDI means for the operations of the core. */
export const rulesOf = (version: CdiVersion): CallRules => ({
  rotatesAtRefresh: isAtLeast(version, '5.6'),
  reportsChangedClaims: isAtLeast(version, '5.6'),
  accessTokenVersion: isAtLeast(version, '4.0') ? '5' : '4',
});
