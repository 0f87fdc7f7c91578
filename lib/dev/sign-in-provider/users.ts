/** A user of the local provider. */
export interface ProviderUser {
  /** The claim `sub`, by which the provider knows the user. */
  readonly id: string;
  readonly email: string;
  readonly isEmailVerified: boolean;
}

/** The users of the local provider. They have no passwords. */
export const PROVIDER_USERS: readonly ProviderUser[] = [
  { id: 'ann', email: 'ann@example.com', isEmailVerified: true },
  { id: 'ben', email: 'ben@example.com', isEmailVerified: true },
  { id: 'eve', email: 'eve@example.com', isEmailVerified: false },
];
