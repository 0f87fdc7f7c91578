import SuperTokens from 'supertokens-node';
import type { SuperTokensPlugin } from 'supertokens-node/types';
import { noteSession } from '../observability/invocation.ts';
import { count } from '../observability/metrics.ts';
import { deviceData } from './devices.ts';
import type { GatewayRequest } from './gateway.ts';
import { sessionBegins } from './session-begins.ts';

/** Keeps with each session that a recipe creates where its user logged in, and counts it as a log-in. */
export const recipeSessions: SuperTokensPlugin = {
  id: 'recipe-sessions',
  overrideMap: {
    session: {
      functions: (original) => ({
        ...original,
        async createNewSession(input) {
          const request = SuperTokens.getRequestFromUserContext(input.userContext)?.original as
            | GatewayRequest
            | undefined;
          const device = request === undefined ? {} : deviceData(request);
          const sessionDataInDatabase = { ...device, ...input.sessionDataInDatabase };
          const creation = original.createNewSession({ ...input, sessionDataInDatabase });
          const [session] = await Promise.all([creation, sessionBegins()]);
          noteSession(session.getHandle());
          count('Logins');
          return session;
        },
      }),
    },
  },
};
