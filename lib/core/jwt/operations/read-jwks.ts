import type { CoreContext } from '../../context.ts';
import type { RsaJwk } from '../../keys/stored-keys.ts';

/** ms. Clients keep the response for up to two hours of a new key's 2 h 10 min, so it must not be older than this. */
const MAX_AGE = 5000;

/**
 * The public keys, and for how many seconds they may be cached: until a new one may appear.
 * One read of one item, the first ever request aside, which makes the keys.
 */
export async function readJwks(context: CoreContext): Promise<{ keys: readonly RsaJwk[]; maxAge: number }> {
  const { published, keys, clock } = context;
  let { jwks, nextKeyDueAt } = await published.read(MAX_AGE);
  if (nextKeyDueAt === undefined) {
    await keys.ensurePublished();
    ({ jwks, nextKeyDueAt } = await published.read());
  }
  const untilNextKey = (nextKeyDueAt ?? 0) - clock();
  // A failure is reported, and does not concern a caller that reads the present keys.
  if (untilNextKey <= 0) keys.rotateIfDue().catch(() => undefined);
  return { keys: jwks, maxAge: Math.max(0, Math.floor(untilNextKey / 1000)) };
}
