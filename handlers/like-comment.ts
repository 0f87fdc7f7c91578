import { createLikes } from '../lib/app/likes.ts';
import { tableOf } from '../lib/config/service-config.ts';
import { FieldError, json, protectedRoute, readJson, userIdOf } from '../lib/index.ts';
import { service } from '../lib/supertokens/service.ts';

const { db, config } = service();
const likes = createLikes({ db, table: tableOf(config, 'likesTable') });

/** POST /like-comment {commentId}: a user's like, stored once. */
export const handler = protectedRoute(async (request) => {
  const userId = userIdOf(request);
  const { commentId } = readJson(request);
  const result = await likes.like(userId, commentId);
  if (result.status === 'FIELD_ERROR') throw new FieldError(result.field, result.message);
  return json(200, { userId, commentId, likes: result.likes });
});
