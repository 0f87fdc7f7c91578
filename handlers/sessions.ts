import { listDevices } from '../lib/http/devices.ts';
import { json, protectedRoute } from '../lib/index.ts';

/** GET /sessions: where the user is logged in. */
export const handler = protectedRoute(async ({ session }) => json(200, { sessions: await listDevices(session) }), {
  checkDatabase: true,
});
