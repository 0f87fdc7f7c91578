import type { Millis } from '../types.ts';

/**
 * Whether what was read at a moment is younger than `maxAge`, ms. A clock that was set back makes the age negative. What was
 * read then counts as old, or it would stay for as long.
 */
export const isYounger = (readAt: Millis, now: Millis, maxAge: Millis): boolean =>
  now >= readAt && now - readAt < maxAge;
