import type { RoleName } from '../../../core/types.ts';

/** A role as both kinds of core keep it. Who has it belongs to the users. */
export interface MovedRole {
  readonly key: RoleName;
  readonly parts: {
    /** Sorted. */
    readonly permissions: readonly string[];
  };
}
