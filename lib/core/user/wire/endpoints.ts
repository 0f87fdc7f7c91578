import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { queryUserId } from '../../http/schema.ts';
import { anyTenant, appSpecific } from '../../http/tenant-rules.ts';
import type { UserContext } from '../../user-context.ts';
import { answerGetUserById, answerUnknownUser } from './answers.ts';

/** `GET` and `PUT /recipe/user` of recipes whose users this core does not keep. */
const OTHER_RECIPES: readonly Endpoint<UserContext>[] = [
  { ...withQuery('/recipe/user', () => ({}), anyTenant, answerUnknownUser), recipe: 'thirdparty' },
  { ...withQuery('/recipe/user', () => ({}), anyTenant, answerUnknownUser), recipe: 'passwordless' },
  { ...withBody('PUT', '/recipe/user', () => ({}), [anyTenant], answerUnknownUser), recipe: 'passwordless' },
];

/** The endpoints for users of every recipe. */
export const USER: readonly Endpoint<UserContext>[] = [
  withQuery('/user/id', queryUserId, appSpecific, answerGetUserById),
  ...OTHER_RECIPES,
];
