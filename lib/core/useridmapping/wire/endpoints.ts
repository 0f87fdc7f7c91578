import { type Answer, type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { flag, optional, queryText, text, textOrNull } from '../../http/schema.ts';
import { appSpecific } from '../../http/tenant-rules.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { JsonObject } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { findMapping, unmapUserId } from '../operations/find-mapping.ts';
import { type DataRecipe, mapUserId } from '../operations/map-user-id.ts';
import { idIn, idTypeOf, infoIn } from './fields.ts';

type MappingAnswer<Input> = Answer<Input, UserContext>;

const UNKNOWN_MAPPING: JsonObject = { status: 'UNKNOWN_MAPPING_ERROR' };

const inUse = (recipe: DataRecipe): CdiRefusal => new CdiRefusal(400, `UserId is already in use in ${recipe} recipe`);

interface MapInput {
  readonly superTokensUserId: string;
  readonly externalUserId: string;
  readonly externalUserIdInfo: string | null | undefined;
  readonly force: boolean | undefined;
}

/** POST /recipe/userid/map */
const answerMap: MappingAnswer<MapInput> = async (context, input, { version }) => {
  const result = await mapUserId(context, {
    userId: idIn('superTokensUserId', input.superTokensUserId),
    externalId: idIn('externalUserId', input.externalUserId),
    info: infoIn(input.externalUserIdInfo),
    force: input.force ?? false,
    movesVerifiedEmails: isAtLeast(version, '4.0'),
  });
  switch (result.kind) {
    case 'mapped':
      return { status: 'OK' };
    case 'unknown-user':
      return { status: 'UNKNOWN_SUPERTOKENS_USER_ID_ERROR' };
    case 'exists':
      return {
        status: 'USER_ID_MAPPING_ALREADY_EXISTS_ERROR',
        doesSuperTokensUserIdExist: result.hasUser,
        doesExternalUserIdExist: result.hasExternalId,
      };
    case 'external-id-is-a-user':
      throw new CdiRefusal(400, 'Cannot create a userId mapping where the externalId is also a SuperTokens userID');
    case 'in-use':
      throw inUse(result.recipe);
  }
};

interface IdInput {
  readonly userId: string;
  readonly userIdType: string | null | undefined;
}

/** GET /recipe/userid/map */
const answerGet: MappingAnswer<IdInput> = async (context, { userId, userIdType }) => {
  const row = await findMapping(context, idIn('userId', userId), idTypeOf(userIdType));
  if (row === undefined) return UNKNOWN_MAPPING;
  const { id, externalId, externalIdInfo } = row;
  return {
    status: 'OK',
    superTokensUserId: id,
    externalUserId: externalId,
    ...(externalIdInfo !== undefined && { externalUserIdInfo: externalIdInfo }),
  };
};

/** POST /recipe/userid/map/remove */
const answerRemove: MappingAnswer<IdInput & { readonly force: boolean | undefined }> = async (context, input) => {
  const { userId, userIdType, force = false } = input;
  const result = await unmapUserId(context, idIn('userId', userId), idTypeOf(userIdType), force);
  if (result.kind === 'in-use') throw inUse(result.recipe);
  return { status: 'OK', didMappingExist: result.kind === 'unmapped' };
};

/** PUT /recipe/userid/external-user-id-info */
const answerSetInfo: MappingAnswer<IdInput & { readonly externalUserIdInfo: string | null }> = async (
  context,
  input,
) => {
  const [id, type] = [idIn('userId', input.userId), idTypeOf(input.userIdType)];
  const info = infoIn(input.externalUserIdInfo);
  for (;;) {
    const row = await findMapping(context, id, type);
    if (row === undefined) return UNKNOWN_MAPPING;
    if (await context.stores.mappings.setInfo(row, info)) return { status: 'OK' };
  }
};

/** The endpoints for external ids of users. */
export const USER_ID_MAPPING: readonly Endpoint<UserContext>[] = [
  withBody(
    'POST',
    '/recipe/userid/map',
    () => ({
      superTokensUserId: text,
      externalUserId: text,
      externalUserIdInfo: optional(textOrNull),
      force: optional(flag),
    }),
    [appSpecific],
    answerMap,
  ),
  withQuery(
    '/recipe/userid/map',
    (query) => ({ userId: queryText(query, 'userId'), userIdType: query.get('userIdType') }),
    appSpecific,
    answerGet,
  ),
  withBody(
    'POST',
    '/recipe/userid/map/remove',
    () => ({ userId: text, userIdType: optional(text), force: optional(flag) }),
    [appSpecific],
    answerRemove,
  ),
  withBody(
    'PUT',
    '/recipe/userid/external-user-id-info',
    () => ({ userId: text, userIdType: optional(text), externalUserIdInfo: textOrNull }),
    [appSpecific],
    answerSetInfo,
  ),
];
