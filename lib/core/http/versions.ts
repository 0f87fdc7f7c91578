/** The CDI versions that this core answers in, oldest first. */
export const CDI_VERSIONS = ['3.0', '3.1', '4.0', '5.0', '5.1', '5.2', '5.3', '5.4', '5.5', '5.6'] as const;

export type CdiVersion = (typeof CDI_VERSIONS)[number];

export const NEWEST_CDI_VERSION: CdiVersion = '5.6';

export const isCdiVersion = (version: string): version is CdiVersion =>
  (CDI_VERSIONS as readonly string[]).includes(version);

export const isAtLeast = (version: CdiVersion, other: CdiVersion): boolean =>
  CDI_VERSIONS.indexOf(version) >= CDI_VERSIONS.indexOf(other);
