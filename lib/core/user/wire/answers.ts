import type { Answer } from '../../http/endpoint.ts';
import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { findUser } from '../operations/load-user.ts';
import { describeUser } from './describe-user.ts';

/** GET /user/id: in the form of version 4.0 even for older ones. */
export const answerGetUserById: Answer<UserId, UserContext> = async (context, userId, call) => {
  const user = await findUser(context, userId);
  return user === undefined ? { status: 'UNKNOWN_USER_ID_ERROR' } : { status: 'OK', user: describeUser(user, call) };
};

/** Whatever user is asked for, there is none. */
export const answerUnknownUser: Answer<unknown, UserContext> = async () => ({ status: 'UNKNOWN_USER_ID_ERROR' });
