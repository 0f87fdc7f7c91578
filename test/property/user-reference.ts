import type { Millis } from '../../lib/core/types.ts';

/** A reference model of users, written from the contract. It knows no item, no claim and no hash. */
export interface Model {
  readonly users: ModelUser[];
  readonly resetTokens: ModelToken[];
  readonly verificationTokens: ModelToken[];
  /** Until when an email may be taken by a request that broke off. */
  readonly blockedUntil: Map<string, Millis>;
}

export interface ModelUser {
  readonly id: string;
  email: string;
  password: string;
  isAlive: boolean;
  /** Every email that the user has verified, and may have given up. */
  readonly verified: Set<string>;
}

export interface ModelToken {
  readonly text: string;
  readonly user: ModelUser;
  readonly email: string;
  readonly expiry: Millis;
  isLive: boolean;
}

export const newModel = (): Model => ({ users: [], resetTokens: [], verificationTokens: [], blockedUntil: new Map() });

export function addUser({ users }: Model, user: Pick<ModelUser, 'id' | 'email' | 'password'>): void {
  users.push({ ...user, isAlive: true, verified: new Set() });
}

/** The user with an email. @throws Error if several users have it */
export function holderOf({ users }: Model, email: string): ModelUser | undefined {
  const [holder, ...others] = users.filter((user) => user.isAlive && user.email === email);
  if (others.length > 0) throw new Error(`Several users have ${email}`);
  return holder;
}

/** Uses a token, which ends all of its kind, even if it has expired. @returns whether it was good */
export function useToken(token: ModelToken, ofItsKind: readonly ModelToken[], now: Millis): boolean {
  if (!token.isLive || !token.user.isAlive) return false;
  for (const other of ofItsKind) other.isLive = false;
  return now < token.expiry;
}
