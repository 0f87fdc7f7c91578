import type { UserId } from '../../../core/types.ts';

/** A primary user as both kinds of core keep it. It is moved after all users, so that all of its login methods are there. */
export interface MovedPrimaryUser {
  /** The core's own id, not an external one. */
  readonly key: UserId;
  readonly parts: {
    /** The core's own ids of the login methods that are linked, the first one too unless it was removed. Sorted. */
    readonly members: readonly UserId[];
  };
}
