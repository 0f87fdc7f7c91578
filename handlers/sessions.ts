import { listDevices, pageOf } from '../lib/http/devices.ts';
import { json, protectedRoute } from '../lib/index.ts';

/** GET /sessions: where the user is logged in. */
export const handler = protectedRoute(
  async (request) => json(200, await listDevices(request.session, pageOf(request))),
  { checkDatabase: true, overrideGlobalClaimValidators: () => [] },
);
