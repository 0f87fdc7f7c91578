import type { CoreContext } from '../../context.ts';
import type { RefreshTokenContent } from '../rules/refresh-token.ts';
import type { SessionRow } from '../rules/row.ts';

/**
 * Whether a refresh token is of the user whose session it names. Otherwise, a row that was rolled back to another
 * user's would be refreshed by this user's token. An official core's token names the login method instead of the user
 * to whom it is linked. A token from before the user's id was mapped names the core's own id. Then the table of users
 * decides.
 */
export const isTokenOf = async (
  { hooks }: Pick<CoreContext, 'hooks'>,
  { userId }: Pick<SessionRow, 'userId'>,
  content: Pick<RefreshTokenContent, 'userId'>,
): Promise<boolean> => content.userId === userId || (await hooks.linkedIdsOf(content.userId)).includes(userId);
