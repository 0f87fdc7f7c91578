import type { RoleName } from '../../core/types.ts';
import type { Terminal } from '../command-line.ts';
import type { CoreUsers } from './core-users.ts';

/** What an action of `npm run users` works with. */
export interface UserJob {
  /** A user, an email or the beginning of one. */
  readonly name: string | undefined;
  /** Of the user who is meant, instead of the name. */
  readonly email: string | undefined;
  readonly limit: number;
  readonly added: readonly RoleName[];
  readonly removed: readonly RoleName[];
  readonly createsRoles: boolean;
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
  /** The tables, for people. */
  readonly where: string;
  readonly users: CoreUsers;
  readonly terminal: Terminal;
}
