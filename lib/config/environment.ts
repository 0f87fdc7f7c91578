/** Environment variables by name; an unset variable is `undefined`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. Only lib/config reads it; commands pass it on from here. */
export const processEnvironment = (): Environment => process.env;
