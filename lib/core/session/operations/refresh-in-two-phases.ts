import type { CoreContext } from '../../context.ts';
import { hash1Of, hash2Of } from '../rules/refresh-token.ts';
import { decideTwoPhaseRefresh, presentedBy } from '../rules/rotation.ts';
import { type OpenedToken, successorOf } from '../rules/successor.ts';
import { promote } from './promote.ts';
import type { RefreshOutcome, RefreshSessionInput } from './refresh-outcome.ts';
import { wantsStaticKey, withSigningKey } from './signing-key-choice.ts';
import { isTokenOf } from './token-owner.ts';

/**
 * Refresh up to CDI 5.5: the core issues a child token, and writes nothing until it is used. A client that lost the
 * response can retry with the same token.
 */
export async function refreshInTwoPhases(
  context: CoreContext,
  presented: OpenedToken,
  input: RefreshSessionInput,
): Promise<RefreshOutcome> {
  const { store, clock, random, keys, config } = context;
  const row = await store.sessions.get(presented.content.sessionHandle);
  if (row === undefined || row.expiry <= clock()) return { kind: 'missing' };
  if (!(await isTokenOf(context, row, presented.content))) return { kind: 'missing' };
  const hash2 = hash2Of(hash1Of(presented.token));
  const decision = decideTwoPhaseRefresh(row, presentedBy(hash2, presented.content));
  if (decision === 'theft') return { kind: 'reuse', row, subtype: 'STALE_LINEAGE' };
  const useStaticKey = wantsStaticKey(row, input);
  const live =
    decision === 'promote'
      ? await promote(context, row, hash2, useStaticKey)
      : await withSigningKey(context, row, useStaticKey, clock());
  // Another request changed the row in between. Read it again.
  if (live === undefined) return refreshInTwoPhases(context, presented, input);
  // The salt is not stored, so this successor cannot be derived again.
  const by = { salt: random.bytes(16), antiCsrf: input.enableAntiCsrf };
  const successor = successorOf(presented, by, await keys.secrets());
  const now = clock();
  // Counted from each response again, as the official core does, although the row is renewed at the first use of the
  // child.
  const expiry = now + config.refreshTokenValidity;
  return { kind: 'refreshed', row: live, successor, createdAt: now, expiry, parent: presented.token };
}
