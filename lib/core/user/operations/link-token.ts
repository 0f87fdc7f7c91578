import { createHash } from 'node:crypto';
import type { Random } from '../../types.ts';

/** 128 characters of base64url. */
const TOKEN_BYTES = 96;

/** A token that is sent in a link. */
export const makeLinkToken = (random: Random): string => random.bytes(TOKEN_BYTES).toString('base64url');

/** What the store knows of a token. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
