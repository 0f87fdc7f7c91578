/**
 * Whether login methods with the same verified e-mail or phone number become one user, as SuperTokens documents it
 * (`shouldDoAutomaticAccountLinking`). Without linking, each login method is a user of its own. Decide before you have users:
 * turning it on links users as they sign in, and turning it off separates none that are linked.
 */
export const linksAccounts = (): boolean => false;
