/** DynamoDB's sort keys hold at most 1,024 bytes, and a text by which users are sought shares one with a user id. */
const MAX_BYTES = 900;

/** Whether a text can be stored as one by which a user is found, or as the beginning of one. */
export const canBeSought = (text: string): boolean =>
  text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= MAX_BYTES;
