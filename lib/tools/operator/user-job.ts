import type { RoleName } from '../../core/types.ts';
import type { Terminal } from '../command-line.ts';
import type { CoreUsers, UserContact } from './core-users.ts';

/** What an action of `npm run users` works with. */
export interface UserJob {
  /** A user, an email, a phone number, or the beginning of one. */
  readonly name: string | undefined;
  /** Of the user who is meant, instead of the name. */
  readonly contact: UserContact | undefined;
  /** Of a provider whose users are listed. */
  readonly provider: string | undefined;
  /** Whether a user is created who logs in by codes. */
  readonly isByCode: boolean;
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
