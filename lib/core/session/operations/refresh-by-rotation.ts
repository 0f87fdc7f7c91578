import type { CoreContext } from '../../context.ts';
import type { Hash2, Millis } from '../../types.ts';
import { extendedListing } from '../rules/listing.ts';
import { hash1Of, hash2Of } from '../rules/refresh-token.ts';
import { decideRotation, presentedBy, retire, retiredAtOf } from '../rules/rotation.ts';
import type { RetiredToken, SessionRow } from '../rules/row.ts';
import {
  type LiveSuccessor,
  liveSuccessorOf,
  type OpenedToken,
  type RefreshSecrets,
  successorOf,
} from '../rules/successor.ts';
import type { RotationChange } from '../store/session-store.ts';
import type { RefreshOutcome, RefreshSessionInput } from './refresh-outcome.ts';
import { wantsStaticKey, withSigningKey } from './signing-key-choice.ts';
import { isTokenOf } from './token-owner.ts';

const SALT_BYTES = 16;

/** One attempt at a refresh: the row was read, and what is to be made of the token was decided, at `now`. */
interface Attempt {
  readonly context: CoreContext;
  readonly presented: OpenedToken;
  readonly hash2: Hash2;
  readonly row: SessionRow;
  readonly now: Millis;
  readonly secrets: RefreshSecrets;
  readonly input: RefreshSessionInput;
  readonly useStaticKey: boolean;
}

/** Another request changed the row first. This is the row as found then. */
interface Overtaken {
  readonly kind: 'overtaken';
  readonly found: SessionRow | undefined;
}

/**
 * Refresh with rotation at once (CDI 5.6, and every version in process): one conditional write. A request whose
 * condition fails re-reads the row and decides again. In each round in which one request loses, another has won.
 */
export async function refreshByRotation(
  context: CoreContext,
  presented: OpenedToken,
  input: RefreshSessionInput,
): Promise<RefreshOutcome> {
  const secrets = await context.keys.secrets();
  const hash2 = hash2Of(hash1Of(presented.token));
  let row = await context.store.sessions.get(presented.content.sessionHandle);
  for (;;) {
    const now = context.clock();
    if (row === undefined || row.expiry <= now) return { kind: 'missing' };
    if (!(await isTokenOf(context, row, presented.content))) return { kind: 'missing' };
    const useStaticKey = wantsStaticKey(row, input);
    const outcome = await attempt({ context, presented, hash2, row, now, secrets, input, useStaticKey });
    if (outcome.kind !== 'overtaken') return outcome;
    row = outcome.found;
  }
}

function attempt(attempt: Attempt): Promise<RefreshOutcome | Overtaken> {
  const { context, presented, hash2, row, now } = attempt;
  const { graceReuse, gracePeriod } = context.config;
  // The official rules know of one retired token, the previous one.
  const known = graceReuse === 'same' ? row : { ...row, retired: [] };
  const decision = decideRotation(known, presentedBy(hash2, presented.content), now, gracePeriod);
  switch (decision.kind) {
    case 'rotate':
      return rotate(attempt);
    case 'retry':
      return retry(attempt);
    case 'reuse':
      return revoke(attempt, decision.subtype);
  }
}

async function rotate({ context, presented, hash2, row, now, secrets, input, useStaticKey }: Attempt) {
  const { config, random } = context;
  const entry = { hash2, retiredAt: now, salt: random.bytes(SALT_BYTES), antiCsrf: input.enableAntiCsrf };
  const successor = successorOf(presented, entry, secrets);
  const change: RotationChange = {
    current: hash2Of(hash1Of(successor.token)),
    prev: hash2,
    rotatedAt: now,
    retired: config.graceReuse === 'same' ? retire(row.retired, entry, now, config.gracePeriod) : [],
    expiry: now + config.refreshTokenValidity,
    listedUntil: extendedListing(row, now, config.refreshTokenValidity),
    useStaticKey,
  };
  return write(context, row, change, { successor, createdAt: now }, now);
}

/** Within the grace window. */
async function retry(attempt: Attempt): Promise<RefreshOutcome | Overtaken> {
  const { context, presented, row, secrets } = attempt;
  const live = context.config.graceReuse === 'same' ? liveSuccessorOf(presented, row, secrets) : undefined;
  const outcome = await (live === undefined ? branch(attempt) : returnAgain(attempt, live));
  // Answers are counted, not attempts.
  if (outcome.kind !== 'overtaken') {
    context.report({ event: 'RefreshGraceReuse', sessionHandle: row.handle, branch: live === undefined });
  }
  return outcome;
}

/** The live token once more. */
async function returnAgain(
  { context, row, useStaticKey, now }: Attempt,
  live: LiveSuccessor,
): Promise<RefreshOutcome | Overtaken> {
  // The retry may want another kind of signing key than the row has.
  const stored = await withSigningKey(context, row, useStaticKey, now);
  if (stored === undefined) return overtakenIn(context, row);
  return { kind: 'refreshed', row: stored, successor: live, createdAt: live.derivedBy.retiredAt };
}

/** A second successor besides the live one, which cannot be derived again. The row's record of the past stays. */
async function branch({ context, presented, hash2, row, now, secrets, input, useStaticKey }: Attempt) {
  const { config, random } = context;
  const retiredAt = retiredAtOf(row, hash2) ?? now;
  const entry: RetiredToken = { hash2, retiredAt, salt: random.bytes(SALT_BYTES), antiCsrf: input.enableAntiCsrf };
  const successor = successorOf(presented, entry, secrets);
  const change: RotationChange = {
    current: hash2Of(hash1Of(successor.token)),
    prev: row.prev,
    rotatedAt: row.rotatedAt,
    retired: config.graceReuse === 'same' ? [entry] : [],
    expiry: row.expiry,
    listedUntil: row.listedUntil,
    useStaticKey,
  };
  // A later retry derives this successor again, and must say the same of it. The official core counts from each refresh
  // again.
  const issued =
    config.graceReuse === 'same'
      ? { successor, createdAt: retiredAt }
      : { successor, createdAt: now, expiry: now + config.refreshTokenValidity };
  return write(context, row, change, issued, now);
}

async function write(
  context: CoreContext,
  row: SessionRow,
  change: RotationChange,
  issued: { readonly successor: OpenedToken; readonly createdAt: Millis; readonly expiry?: Millis },
  now: Millis,
): Promise<RefreshOutcome | Overtaken> {
  const written = await context.store.sessions.rotate(row, change, now);
  if (written !== undefined) return { kind: 'refreshed', row: written, ...issued };
  const { found } = await overtakenIn(context, row);
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  if (found?.current === change.current) return { kind: 'refreshed', row: found, ...issued };
  return { kind: 'overtaken', found };
}

const overtakenIn = async ({ store }: CoreContext, { handle }: SessionRow): Promise<Overtaken> => ({
  kind: 'overtaken',
  found: await store.sessions.get(handle),
});

async function revoke({ context, row, now }: Attempt, subtype: Extract<RefreshOutcome, { kind: 'reuse' }>['subtype']) {
  try {
    await context.store.sessions.delete(row.handle, now);
  } catch (error) {
    // The row may be gone already, and then no retry finds the theft again: this is the last moment to report it.
    context.report({ event: 'TokenTheftDetected', sessionHandle: row.handle, subtype });
    throw error;
  }
  return { kind: 'reuse', row, subtype } as const;
}
