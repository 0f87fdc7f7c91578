import { domainOf } from './email.ts';
import type { UserRow } from './user-row.ts';

/** What users are searched by. An email is also searched by the beginning of its domain. */
export const SEARCH_FIELDS = ['phone', 'email', 'provider'] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** For each field, texts of which one must begin it. A field without texts is not searched. */
export type UserSearch = Readonly<Record<SearchField, readonly string[]>>;

/** Whether a login method fits every field that is searched. */
export const isFound = (row: UserRow, search: UserSearch): boolean =>
  SEARCH_FIELDS.every(
    (field) => search[field].length === 0 || search[field].some((beginning) => beginsWith(row, field, beginning)),
  );

/** Whether a field of a login method begins so. */
export const beginsWith = (row: UserRow, field: SearchField, beginning: string): boolean =>
  textsOf(row, field).some((text) => text?.startsWith(beginning));

function textsOf({ email, phoneNumber, thirdParty }: UserRow, field: SearchField): (string | undefined)[] {
  switch (field) {
    case 'email':
      return email === undefined ? [] : [email, domainOf(email)];
    case 'phone':
      return [phoneNumber];
    case 'provider':
      return [thirdParty?.id];
  }
}
