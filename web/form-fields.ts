import { sayAt } from './outcome.ts';

/** What SuperTokens' recipes report about a field of a form. */
interface FieldFault {
  readonly id: string;
  readonly error: string;
}

/** The fields of a form, as SuperTokens' frontend SDK takes them and reports errors about them. */
export interface Form {
  values(): { id: string; value: string }[];
  clearErrors(): void;
  /** Shows each error next to its field, and focuses the first of these fields. */
  showErrors(faults: readonly FieldFault[]): void;
}

/** @param inputs by the ids that SuperTokens has for the fields */
export function formOf(inputs: Readonly<Record<string, HTMLInputElement>>): Form {
  return {
    values: () => Object.entries(inputs).map(([id, { value }]) => ({ id, value })),
    clearErrors() {
      for (const input of Object.values(inputs)) sayAt(input, '');
    },
    showErrors(faults) {
      const found = faults.map(({ id, error }) => ({ input: inputs[id], error }));
      for (const { input, error } of found) if (input !== undefined) sayAt(input, error);
      found.find(({ input }) => input !== undefined)?.input?.focus();
    },
  };
}
