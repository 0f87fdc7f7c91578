/** A field of a form of SuperTokens' EmailPassword recipe. */
export interface FormField {
  readonly id: string;
  readonly value: unknown;
}

/** The value of a field that the SDK has checked. The SDK takes the first field of that name, too. */
export const formValue = (fields: readonly FormField[], name: 'email' | 'password'): string =>
  String(fields.find(({ id }) => id === name)?.value);
