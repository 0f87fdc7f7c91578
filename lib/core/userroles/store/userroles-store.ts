import type { RoleName, UserId } from '../../types.ts';
import type { UserDataStore } from '../../user/store/user-data-store.ts';

/**
 * Where the core keeps roles, their permissions and their users. A role that is being deleted is unknown to every
 * method.
 */
export interface UserRolesStore extends UserDataStore {
  /**
   * Creates a role, or gives one that exists more permissions. None is taken away.
   * @param incarnation names the role if it is created: random, and used for nothing else
   * @returns whether it was created
   * @throws ItemTooLarge if the permissions do not fit
   */
  create(role: RoleName, permissions: readonly string[], incarnation: string): Promise<boolean>;
  /**
   * Deletes a role, with its permissions, and takes it from all users.
   * @param deletion names this deletion: random, and used for nothing else
   * @returns whether there was such a role
   */
  delete(role: RoleName, deletion: string): Promise<boolean>;
  list(): Promise<RoleName[]>;
  /** `undefined` if there is no such role. */
  permissionsOf(role: RoleName): Promise<string[] | undefined>;
  /** @param permissions all if absent. @returns whether there is such a role */
  removePermissions(role: RoleName, permissions: readonly string[] | undefined): Promise<boolean>;
  rolesWith(permission: string): Promise<RoleName[]>;
  /** @param grant names this gift of the role: random, and used for nothing else */
  give(userId: UserId, role: RoleName, grant: string): Promise<'given' | 'had' | 'unknown-role'>;
  take(userId: UserId, role: RoleName): Promise<'taken' | 'not-held' | 'unknown-role'>;
  rolesOf(userId: UserId): Promise<RoleName[]>;
  /** `undefined` if there is no such role. */
  usersOf(role: RoleName): Promise<UserId[] | undefined>;
}
