import { revokeDevice } from '../lib/http/devices.ts';
import { protectedRoute } from '../lib/index.ts';

/** DELETE /sessions/{handle}: logs the user out there. */
export const handler = protectedRoute(
  async ({ session, pathParameters }) => {
    await revokeDevice(session, pathParameters?.handle ?? '');
    return { statusCode: 204 };
  },
  { checkDatabase: true, overrideGlobalClaimValidators: () => [] },
);
