import { type ColumnText, refusalOfTexts, WIDTH } from '../official-limits.ts';
import type { MovedUser } from './user.ts';

/** Why an official core's tables cannot keep the user; `undefined` if they can. */
export function refusalOfUser({ key, parts }: MovedUser): string | undefined {
  const { login, mapping, metadata } = parts;
  if (login === null && (mapping !== null || parts.resetTokens.length > 0)) {
    return 'it has a mapped id or a link to reset a password, but no login method';
  }
  const tokens = [...parts.resetTokens, ...parts.verificationTokens];
  const texts: readonly ColumnText[] = [
    { what: 'id', text: key, width: login === null ? WIDTH.userId : WIDTH.coreId },
    { what: 'e-mail', text: login?.email ?? null, width: WIDTH.email },
    { what: 'phone number', text: login?.phoneNumber ?? null, width: WIDTH.email },
    { what: "provider's name", text: login?.thirdParty?.id ?? null, width: WIDTH.thirdPartyId },
    { what: 'third-party id', text: login?.thirdParty?.userId ?? null, width: WIDTH.email },
    { what: 'password hash', text: login?.passwordHash ?? null, width: WIDTH.hash },
    { what: 'external id', text: mapping?.externalId ?? null, width: WIDTH.userId },
    { what: 'note on its external id', text: mapping?.info ?? null },
    { what: 'metadata', text: metadata },
    ...parts.verifiedEmails.map((text) => ({ what: 'verified e-mail', text, width: WIDTH.email })),
    ...parts.roles.map((text) => ({ what: 'role', text, width: WIDTH.role })),
    ...tokens.map(({ email: text }) => ({ what: "link's e-mail", text, width: WIDTH.email })),
    ...tokens.map(({ hash: text }) => ({ what: "link's hash", text, width: WIDTH.token })),
  ];
  return refusalOfTexts(texts);
}
