import { decide } from '../../../../lib/tools/migrate/sessions/decision.ts';
import { agreementOn, fingerprintOf, type Session } from '../../../../lib/tools/migrate/sessions/session.ts';
import { DAY, someHash, someRow } from '../../../fixtures/session-row.ts';

const some = (members: Partial<Session> = {}): Session => {
  const { retired: _retired, listedUntil: _listedUntil, ...session } = someRow();
  return { ...session, ...members };
};

const old = some();
const rotated: Session = { ...old, current: someHash(), prev: old.current, expiry: old.expiry + DAY };
const rotatedLater: Session = { ...old, current: someHash(), prev: old.current, expiry: old.expiry + 2 * DAY };
const changed: Session = { ...old, payload: { role: 'admin' } };
const changedThere: Session = { ...old, payload: { role: 'guest' } };
const NOW = old.createdAt + DAY;

describe('what becomes of a session', () => {
  test.each<[string, Session, Session | undefined, Session | undefined, string]>([
    ['that the target never had: it is created', old, undefined, undefined, 'create'],
    ['that the target had and has no more: it was revoked there', rotated, undefined, old, 'revoked'],
    ['that both have alike: nothing', old, old, undefined, 'same'],
    ['that both have changed alike: nothing', rotated, rotated, old, 'same'],
    ['that only the source has rotated: it is replaced', rotated, old, old, 'replace'],
    ['whose payload only the source has changed, which has no time: it is replaced', changed, old, old, 'replace'],
    ['that only the target has rotated: it stays', old, rotated, old, 'keep'],
    ['whose payload only the target has changed: it stays', old, changed, old, 'keep'],
    ['that both have rotated, the source later: it is replaced', rotatedLater, rotated, old, 'replace'],
    ['that both have rotated, the target later: it stays', rotated, rotatedLater, old, 'keep'],
    ['without a word of before, newer in the source: it is replaced', rotated, old, undefined, 'replace'],
    ['without a word of before, newer in the target: it stays', old, rotated, undefined, 'keep'],
    ['whose payload both have changed, which has no time: a conflict', changed, changedThere, old, 'conflict'],
    ['without a word of before, of the same age: a conflict', changed, old, undefined, 'conflict'],
  ])('%s', (_what, source, target, agreed, expected) => {
    expect(decide(source, target, agreed && agreementOn(agreed), 'stage', NOW)).toBe(expected);
  });

  test('an agreement on a session that would have expired since says nothing of a revocation', () => {
    expect(decide(rotated, undefined, agreementOn(old), 'stage', old.expiry - 1)).toBe('revoked');
    expect(decide(rotated, undefined, agreementOn(old), 'stage', old.expiry)).toBe('create');
  });
});

describe('the fingerprint of a session', () => {
  test.each<[keyof Session, Partial<Session>]>([
    ['handle', { handle: someRow().handle }],
    ['userId', { userId: someRow().userId }],
    ['current', { current: someHash() }],
    ['prev', { prev: someHash() }],
    ['rotatedAt', { rotatedAt: 1 }],
    ['payload', { payload: { a: 1 } }],
    ['data', { data: { a: 1 } }],
    ['createdAt', { createdAt: 1 }],
    ['expiry', { expiry: 1 }],
    ['useStaticKey', { useStaticKey: true }],
  ])('differs with its %s', (_member, members) => {
    expect(fingerprintOf({ ...old, ...members })).not.toBe(fingerprintOf(old));
    expect(fingerprintOf({ ...old })).toBe(fingerprintOf(old));
  });
});
