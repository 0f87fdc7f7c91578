import { createLikes } from '../lib/app/likes.ts';
import { FieldError, json, protectedRoute, readJson, table, userIdOf } from '../lib/index.ts';

const likes = createLikes(table('LIKES_TABLE'));

/** POST /like-comment {commentId}: a user's like, stored once. */
export const handler = protectedRoute(async (request) => {
  const userId = userIdOf(request);
  const { commentId } = readJson(request);
  const result = await likes.like(userId, commentId);
  if (result.status === 'FIELD_ERROR') throw new FieldError(result.field, result.message);
  return json(200, { userId, commentId, likes: result.likes });
});
