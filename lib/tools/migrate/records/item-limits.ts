/** DynamoDB's limit for an item, less what keys, names and later changes of the core take. */
export const MAX_ITEM_BYTES = 396 * 1024;

/** A text that is part of a sort key, which has at most 1,024 bytes. The rest is for a user id. */
export const MAX_TEXT_BYTES = 900;

export const bytesOf = (text: string): number => Buffer.byteLength(text);
