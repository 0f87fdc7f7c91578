import { createHash } from 'node:crypto';
import type { Random } from '../../types.ts';

const TOKEN_LENGTH = 128;

/** A token that is sent in a link: 128 letters and digits, as the official core makes them. */
export function makeLinkToken(random: Random): string {
  let token = '';
  while (token.length < TOKEN_LENGTH) token += random.bytes(TOKEN_LENGTH).toString('base64').replace(/[+/=]/g, '');
  return token.slice(0, TOKEN_LENGTH);
}

/** What the store knows of a token. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
