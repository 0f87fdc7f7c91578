import { escaped } from '../../http/address.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { queryText } from '../../http/schema.ts';
import type { Millis, UserId } from '../../types.ts';
import type { UserSearch } from '../rules/search.ts';
import { RECIPE_IDS, type RecipeId } from '../rules/user.ts';
import type { ListOrder, ListPosition } from '../store/user-store.ts';

const MOST_PER_PAGE = 500;
const USUAL_PER_PAGE = 100;

const refuse = (message: string): never => {
  throw new CdiRefusal(400, message);
};

/** @returns `undefined` if none are named. @throws CdiRefusal 400 if one is unknown */
export function queryRecipes(query: URLSearchParams): RecipeId[] | undefined {
  const names = partsOf(query.get('includeRecipeIds'), ',');
  if (names.length === 0) return undefined;
  return names.map(
    (name) => RECIPE_IDS.find((known) => known === name) ?? refuse(`Unknown recipe ID: ${escaped(name)}`),
  );
}

/** @throws CdiRefusal 400 */
export function queryOrder(query: URLSearchParams): ListOrder {
  const order = query.get('timeJoinedOrder') ?? 'ASC';
  if (order !== 'ASC' && order !== 'DESC') return refuse('timeJoinedOrder can be either ASC OR DESC');
  return order === 'ASC' ? 'ascending' : 'descending';
}

/** @throws CdiRefusal 400 */
export function queryLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return USUAL_PER_PAGE;
  const limit = wholeNumberIn(text) ?? refuse("Field name 'limit' must be an int in the GET request");
  if (limit > MOST_PER_PAGE) return refuse(`max limit allowed is ${MOST_PER_PAGE}`);
  return limit < 1 ? refuse('limit must a positive integer with min value 1') : limit;
}

/** @throws CdiRefusal 400 */
export function querySince(query: URLSearchParams): Millis {
  const text = queryText(query, 'since');
  const since = wholeNumberIn(text) ?? refuse("Field name 'since' must be a long in the GET request");
  return since < 0 ? refuse("'since' query parameter must be >= 0") : since;
}

function wholeNumberIn(text: string): number | undefined {
  const value = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** @returns `undefined` if nothing is searched for */
export function queryTags(query: URLSearchParams): UserSearch | undefined {
  const tagsOf = (name: string) => partsOf(query.get(name), ';').map((tag) => tag.toLowerCase());
  const tags = { email: tagsOf('email'), phone: tagsOf('phone'), provider: tagsOf('provider') };
  return Object.values(tags).some((values) => values.length > 0) ? tags : undefined;
}

const partsOf = (text: string | null, separator: string): string[] =>
  (text ?? '')
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Where the next page of a list begins: base64 of the next user's id and time of joining. */
export const pageTokenOf = ({ id, timeJoined }: ListPosition): string =>
  Buffer.from(`${id};${timeJoined}`).toString('base64');

/** The latest time that a JavaScript date can have, ms. */
const LATEST: Millis = 8.64e15;

/** @throws CdiRefusal 400 */
export function queryPosition(query: URLSearchParams): ListPosition | undefined {
  const token = query.get('paginationToken');
  if (token === null) return undefined;
  const [, id, time] = /^([^;]{1,100});(\d{1,15})$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  const timeJoined = Number(time);
  if (id === undefined || timeJoined > LATEST) return refuse('invalid pagination token');
  return { id: id as UserId, timeJoined };
}

/** By what users are looked up. */
export interface AccountInfoQuery {
  readonly email: string | undefined;
  readonly phoneNumber: string | undefined;
  readonly thirdParty: { readonly id: string; readonly userId: string } | undefined;
  /** Whether also a passkey is asked for, which no user of this core has. */
  readonly isAboutPasskey: boolean;
  /** Users with any of it; else with all of it. */
  readonly isUnion: boolean;
}

/** @throws CdiRefusal 400 */
export function queryAccountInfo(query: URLSearchParams): AccountInfoQuery {
  const union = queryText(query, 'doUnionOfAccountInfo');
  if (union !== 'true' && union !== 'false') return refuse("'doUnionOfAccountInfo' should be either 'true' or 'false'");
  const [id, userId] = [query.get('thirdPartyId'), query.get('thirdPartyUserId')];
  if ((id === null) !== (userId === null)) {
    return refuse("If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa");
  }
  return {
    email: query.get('email') ?? undefined,
    phoneNumber: query.get('phoneNumber') ?? undefined,
    thirdParty: id === null || userId === null ? undefined : { id, userId },
    isAboutPasskey: query.has('webauthnCredentialId'),
    isUnion: union === 'true',
  };
}
