import { type Answer, type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { array, isUserId, object, queryUserId, userId } from '../../http/schema.ts';
import { appSpecific } from '../../http/tenant-rules.ts';
import type { Json, JsonObject, UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { MAX_METADATA_BYTES, updateMetadata } from '../operations/metadata.ts';

type MetadataAnswer<Input> = Answer<Input, UserContext>;

/** GET /recipe/user/metadata */
const answerGet: MetadataAnswer<UserId> = async ({ stores }, userId) => ({
  status: 'OK',
  metadata: (await stores.metadata.get(userId))?.metadata ?? {},
});

/** PUT /recipe/user/metadata */
const answerUpdate: MetadataAnswer<{ readonly userId: UserId; readonly metadataUpdate: JsonObject }> = async (
  context,
  { userId, metadataUpdate },
) => {
  const result = await updateMetadata(context, userId, metadataUpdate);
  if (result.kind === 'updated') return { status: 'OK', metadata: result.metadata };
  throw new CdiRefusal(400, `The metadata of a user must not have more than ${MAX_METADATA_BYTES} bytes of JSON`);
};

/** POST /recipe/user/metadata/remove */
const answerRemove: MetadataAnswer<{ readonly userId: UserId }> = async ({ stores }, { userId }) => {
  await stores.metadata.remove(userId);
  return { status: 'OK' };
};

const MOST_USERS = 500;

/** POST /recipe/user/metadata/bulk: of each user as asked, repeated ones too. */
const answerBulk: MetadataAnswer<{ readonly userIds: readonly Json[] }> = async ({ stores }, { userIds }) => {
  if (!userIds.every(isText)) throw new CdiRefusal(400, 'userIds array must contain only strings');
  if (userIds.length > MOST_USERS) throw new CdiRefusal(400, `You can only query up to ${MOST_USERS} users at a time.`);
  const found = await stores.metadata.getAll(userIds.filter(isUserId));
  return { status: 'OK', users: userIds.map((id) => ({ userId: id, metadata: found.get(id as UserId) ?? null })) };
};

const isText = (value: Json): value is string => typeof value === 'string';

/** The endpoints of the UserMetadata recipe. */
export const USER_METADATA: readonly Endpoint<UserContext>[] = [
  withQuery('/recipe/user/metadata', queryUserId, appSpecific, answerGet),
  withBody('PUT', '/recipe/user/metadata', () => ({ userId, metadataUpdate: object }), [appSpecific], answerUpdate),
  withBody('POST', '/recipe/user/metadata/remove', () => ({ userId }), [appSpecific], answerRemove),
  withBody('POST', '/recipe/user/metadata/bulk', () => ({ userIds: array }), [appSpecific], answerBulk),
];
