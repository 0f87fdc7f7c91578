import type { Table } from '../index.ts';

export type LikeResult =
  | { readonly status: 'OK'; readonly likes: number }
  | { readonly status: 'FIELD_ERROR'; readonly field: 'commentId'; readonly message: string };

export interface Likes {
  /**
   * Likes a comment. A repeated call changes nothing. Whether there is such a comment is not known here.
   * @param userId as the session names the user; up to 1024 bytes
   * @param commentId as the client sent it; kept byte for byte
   * @returns how many users like the comment now, this one among them
   * @throws DynamoDbError
   */
  like(userId: string, commentId: unknown): Promise<LikeResult>;
}

/** With the flag `u`, each code point is one character. */
const COMMENT_ID = /^.{1,200}$/su;

/**
 * Likes in one table: an item per comment and user, and nothing else. Each request counts the comment's items. A
 * separate counter would be wrong after a crash between two writes, or after a retry of a write whose response was
 * lost. Two calls per like.
 *
 * The price: counting reads all likes of the comment, some 45 of them per read unit and 12,000 per further call. For
 * comments with more likes than that, let a DynamoDB stream of this table keep a counter that may lag behind.
 */
export function createLikes(table: Table): Likes {
  return {
    async like(userId, commentId) {
      if (!isCommentId(commentId)) {
        return { status: 'FIELD_ERROR', field: 'commentId', message: 'A comment id is a text of 1 to 200 characters.' };
      }
      const pk = `comment#${commentId}`;
      // The first like stays as it is, should it ever carry more than its key.
      await table.put({ pk, sk: userId }, { expression: 'attribute_not_exists(pk)' });
      return { status: 'OK', likes: await table.count({ name: 'pk', value: pk }) };
    },
  };
}

/** Half a surrogate pair would be stored as U+FFFD: two ids would be one. */
const isCommentId = (id: unknown): id is string => typeof id === 'string' && COMMENT_ID.test(id) && id.isWellFormed();
