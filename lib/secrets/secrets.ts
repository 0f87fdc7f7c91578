/** Returns secrets by their names. It throws {@link SecretUnavailable}. */
export type ReadSecrets = () => Promise<Readonly<Record<string, string>>>;

/** A secret could not be read, or is not what it must be. The message never has a secret in it. */
export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable';

  constructor(secretName: string, cause: unknown) {
    super(`The secret ${secretName} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * Reads secrets from a JSON object, such as `{"google": "…"}`.
 * @param name what the text comes from
 * @throws SecretUnavailable if the text is no JSON object of texts
 */
export function secretsIn(name: string, text: string): Readonly<Record<string, string>> {
  const secrets = parsed(text);
  if (secrets === undefined) throw new SecretUnavailable(name, 'it must be a JSON object of texts, by provider');
  return secrets;
}

function parsed(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && Object.values(value).every((each) => typeof each === 'string')) {
      return value as Record<string, string>;
    }
  } catch {
    // The message of the error would quote the secret.
  }
  return undefined;
}
