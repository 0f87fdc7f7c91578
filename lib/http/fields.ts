/** Values from outside are read field by field: they may lack, or have as null, what a type would promise. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none of anything else. */
export const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

export const isText = (value: unknown): value is string => typeof value === 'string';

/** The text; `absent` in place of anything else. */
export const textOf = (value: unknown, absent = ''): string => (isText(value) ? value : absent);
