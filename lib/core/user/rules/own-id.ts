import type { UserId } from '../../types.ts';

const RANDOM_UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Whether an id looks like those that cores give users. External ids may look so, too. */
export const looksLikeOwnId = (id: UserId): boolean => RANDOM_UUID.test(id);
