import type { RoleName } from '../../../core/types.ts';

/** A role as both kinds of core keep it. The users say which roles they have. */
export interface MovedRole {
  readonly key: RoleName;
  readonly parts: {
    /** Sorted. */
    readonly permissions: readonly string[];
  };
}
