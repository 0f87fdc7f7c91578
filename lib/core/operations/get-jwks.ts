import type { RsaJwk } from '../keys/stored-keys.ts';
import type { CoreContext, Operation } from './context.ts';

/** Whoever asks keeps the answer for up to two hours of a new key's 2 h 10 min; ours must not be old already, ms. */
const MAX_AGE = 5000;

/** GET /recipe/jwt/jwks: the public signing keys. */
export const getJwks: Operation<unknown> = async (context) => {
  const { keys } = await readJwks(context);
  return { status: 'OK', keys: keys.map((key) => ({ ...key })) };
};

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
