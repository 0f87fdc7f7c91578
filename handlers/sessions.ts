import { listDevices } from '../lib/http/devices.ts';
import { json } from '../lib/http/json.ts';
import { protectedRoute } from '../lib/http/pipeline.ts';

/** GET /sessions: where the user is logged in. */
export const handler = protectedRoute(async ({ session }) => json(200, { sessions: await listDevices(session) }), {
  checkDatabase: true,
});
