import type { Call } from '../../http/call.ts';
import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import type { JsonObject, UserId } from '../../types.ts';
import type { Contact } from '../../user/rules/identity.ts';
import { describeUser } from '../../user/wire/describe-user.ts';
import type { UserContext } from '../../user-context.ts';
import type { ContactConflict } from '../operations/contact-conflict.ts';
import { checkLink, type LinkInput, type LinkObstacle, linkAccounts } from '../operations/link-accounts.ts';
import { checkPrimary, makePrimary, type PrimaryObstacle } from '../operations/make-primary.ts';
import { unlinkAccount } from '../operations/unlink-account.ts';

type LinkAnswer<Input> = Answer<Input, UserContext>;

interface RecipeUser {
  readonly recipeUserId: UserId;
}

const unknownUser = (): never => {
  throw new CdiRefusal(400, 'Unknown user ID provided');
};

/** GET /recipe/accountlinking/user/primary/check */
export const answerCheckPrimary: LinkAnswer<RecipeUser> = async (context, { recipeUserId }) => {
  const result = await checkPrimary(context, recipeUserId);
  if (result.kind !== 'possible') return describePrimaryObstacle(result);
  return { status: 'OK', wasAlreadyAPrimaryUser: result.wasPrimary };
};

/** POST /recipe/accountlinking/user/primary: users are described in the form of version 4.0 even for older ones. */
export const answerMakePrimary: LinkAnswer<RecipeUser> = async (context, { recipeUserId }, call) => {
  const result = await makePrimary(context, recipeUserId);
  if (result.kind !== 'primary') return describePrimaryObstacle(result);
  return { status: 'OK', wasAlreadyAPrimaryUser: result.wasPrimary, user: describeUser(result.user, call) };
};

function describePrimaryObstacle(obstacle: PrimaryObstacle): JsonObject {
  switch (obstacle.kind) {
    case 'unknown-user':
      return unknownUser();
    case 'contact-conflict':
      return describeConflict(obstacle);
    case 'linked-to-another':
      return {
        status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR',
        primaryUserId: obstacle.primaryUserId,
        description: 'This user ID is already linked to another user ID',
      };
  }
}

/** GET /recipe/accountlinking/user/link/check */
export const answerCheckLink: LinkAnswer<LinkInput> = async (context, input, call) => {
  const result = await checkLink(context, input);
  if (result.kind !== 'possible') return describeLinkObstacle(result, call, false);
  return { status: 'OK', accountsAlreadyLinked: result.wasLinked };
};

/** POST /recipe/accountlinking/user/link */
export const answerLink: LinkAnswer<LinkInput> = async (context, input, call) => {
  const result = await linkAccounts(context, input);
  if (result.kind !== 'linked') return describeLinkObstacle(result, call, true);
  return { status: 'OK', accountsAlreadyLinked: result.wasLinked, user: describeUser(result.user, call) };
};

/**
 * @param showsUser whether the response shows the user to whom the login method is linked, and not only the id. Linking
 * does, a check does not
 */
function describeLinkObstacle(obstacle: LinkObstacle, call: Call, showsUser: boolean): JsonObject {
  switch (obstacle.kind) {
    case 'unknown-user':
      return unknownUser();
    case 'not-primary':
      return { status: 'INPUT_USER_IS_NOT_A_PRIMARY_USER' };
    case 'contact-conflict':
      return describeConflict(obstacle);
    case 'linked-to-another':
      return {
        status: 'RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR',
        primaryUserId: obstacle.primaryUserId,
        description: 'The input recipe user ID is already linked to another user ID',
        ...(showsUser && { user: describeUser(obstacle.user, call) }),
      };
  }
}

const CONTACT_NAMES: Readonly<Record<Contact['kind'], string>> = {
  email: 'email',
  'phone-number': 'phone number',
  'third-party': 'third party login',
};

const describeConflict = ({ contactKind, primaryUserId }: ContactConflict): JsonObject => ({
  status: 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR',
  primaryUserId,
  description: `This user's ${CONTACT_NAMES[contactKind]} is already associated with another user ID`,
});

/** POST /recipe/accountlinking/user/unlink */
export const answerUnlink: LinkAnswer<RecipeUser> = async (context, { recipeUserId }) => {
  const result = await unlinkAccount(context, recipeUserId);
  if (result.kind === 'unknown-user') return unknownUser();
  const isUnlinked = result.kind === 'unlinked';
  return { status: 'OK', wasRecipeUserDeleted: isUnlinked && result.isRemoved, wasLinked: isUnlinked };
};
