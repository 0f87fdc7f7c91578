import type { MovedLogin } from './user.ts';

/** What a login method can be found by, as the new tables of an official core have it. */
export interface AccountInfo {
  readonly account_info_type: 'email' | 'phone' | 'tparty';
  readonly account_info_value: string;
  /** Only with the e-mail of a third party's user, else empty. */
  readonly third_party_id: string;
  readonly third_party_user_id: string;
}

export function accountInfosOf({ email, phoneNumber, thirdParty }: Contacts): AccountInfo[] {
  const none = { third_party_id: '', third_party_user_id: '' };
  const provider =
    thirdParty === null ? none : { third_party_id: thirdParty.id, third_party_user_id: thirdParty.userId };
  const tparty = thirdParty && `${thirdParty.id}::${thirdParty.userId}`;
  return [
    ...(email === null ? [] : [{ account_info_type: 'email', account_info_value: email, ...provider } as const]),
    ...(phoneNumber === null
      ? []
      : [{ account_info_type: 'phone', account_info_value: phoneNumber, ...none } as const]),
    ...(tparty === null ? [] : [{ account_info_type: 'tparty', account_info_value: tparty, ...none } as const]),
  ];
}

export type Contacts = Pick<MovedLogin, 'email' | 'phoneNumber' | 'thirdParty'>;
