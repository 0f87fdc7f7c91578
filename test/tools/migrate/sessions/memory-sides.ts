import type { JsonObject, Millis, SessionHandle, UserId } from '../../../../lib/core/types.ts';
import type { Agreements } from '../../../../lib/tools/migrate/sessions/agreements.ts';
import { type Agreement, fingerprintOf, type Session } from '../../../../lib/tools/migrate/sessions/session.ts';
import type {
  Announce,
  Change,
  MissingSession,
  SessionDatabase,
} from '../../../../lib/tools/migrate/sessions/session-database.ts';
import type { Side } from '../../../../lib/tools/migrate/side.ts';
import { someHash } from '../../../fixtures/session-row.ts';
import type { MortalProcess } from '../killed-pass.ts';

/** What the core on one side does with its sessions. */
export abstract class MemorySide {
  protected abstract readonly side: Side;
  protected readonly sessions = new Map<SessionHandle, Session>();

  get(handle: SessionHandle): Session | undefined {
    return this.sessions.get(handle);
  }

  all(): Session[] {
    return [...this.sessions.values()];
  }

  create(handle: SessionHandle, now: Millis, validity: Millis): void {
    const times = { createdAt: now, expiry: now + validity, rotatedAt: undefined };
    const fresh = { current: someHash(), prev: undefined, payload: {}, data: {}, useStaticKey: false };
    this.put({ handle, userId: 'user' as UserId, ...times, ...fresh });
  }

  setClaims(session: Session, payload: JsonObject): void {
    this.put({ ...session, payload });
  }

  rotate(session: Session, now: Millis, validity: Millis): void {
    this.put({ ...session, current: someHash(), prev: session.current, rotatedAt: now, expiry: now + validity });
  }

  revoke(handle: SessionHandle): void {
    this.sessions.delete(handle);
  }

  protected put(session: Session): void {
    this.sessions.set(session.handle, session);
  }

  /** As a process sees it. The version of a session is its whole state. */
  seenBy(mortal: MortalProcess): SessionDatabase<string> {
    const side = this;
    return {
      side: this.side,
      async *pages() {
        yield { sessions: side.all(), refused: [] };
      },
      count: async () => side.sessions.size,
      read: async (handles) =>
        new Map(
          handles.flatMap((handle) => {
            const session = side.get(handle);
            return session === undefined ? [] : [[handle, { session, version: fingerprintOf(session) }] as const];
          }),
        ),
      refusalOf: () => undefined,
      write: (changes, announce = async () => undefined) => side.write(mortal, changes, announce),
      revokedOf: async (missing) => side.revokedOf(missing),
      async remove(handles) {
        for (const handle of handles) await mortal.write(async () => side.revoke(handle));
      },
    };
  }

  protected isUnchanged({ session: { handle }, replaces }: Change<string>): boolean {
    const found = this.get(handle);
    return (found && fingerprintOf(found)) === replaces;
  }

  protected abstract write(
    mortal: MortalProcess,
    changes: readonly Change<string>[],
    announce: Announce,
  ): Promise<ReadonlySet<SessionHandle>>;
  protected abstract revokedOf(missing: readonly MissingSession[]): ReadonlySet<SessionHandle>;
}

/** As DynamoDB: each write is by itself, and index items tell whether a session was created. */
export class ListedSide extends MemorySide {
  protected readonly side = 'stage';
  readonly #listed = new Set<SessionHandle>();

  override revoke(handle: SessionHandle): void {
    if (this.get(handle) !== undefined) this.#listed.delete(handle);
    super.revoke(handle);
  }

  protected override put(session: Session): void {
    this.#listed.add(session.handle);
    super.put(session);
  }

  protected async write(mortal: MortalProcess, changes: readonly Change<string>[], announce: Announce) {
    const lost = new Set<SessionHandle>();
    const created = changes.filter(({ replaces }) => replaces === undefined);
    await mortal.write(async () => {
      for (const { session } of created) this.#listed.add(session.handle);
    });
    await announce(undefined);
    for (const change of changes) {
      await mortal.write(async () => {
        if (this.isUnchanged(change)) this.put(change.session);
        else lost.add(change.session.handle);
      });
    }
    return lost;
  }

  protected revokedOf(missing: readonly MissingSession[]) {
    return new Set(missing.map(({ session }) => session.handle).filter((handle) => !this.#listed.has(handle)));
  }
}

/** As PostgreSQL: a page is one transaction, whose id tells later whether it was committed. */
export class TransactionalSide extends MemorySide {
  protected readonly side = 'official';
  readonly #committed = new Set<string>();
  #transactions = 0;

  protected async write(mortal: MortalProcess, changes: readonly Change<string>[], announce: Announce) {
    const ticket = String(++this.#transactions);
    await announce(ticket);
    const lost = new Set<SessionHandle>();
    await mortal.write(async () => {
      for (const change of changes) {
        if (this.isUnchanged(change)) this.put(change.session);
        else lost.add(change.session.handle);
      }
      this.#committed.add(ticket);
    });
    return lost;
  }

  protected revokedOf(missing: readonly MissingSession[]) {
    const revoked = missing.filter(({ ticket }) => this.#committed.has(ticket ?? ''));
    return new Set(revoked.map(({ session }) => session.handle));
  }
}

/** Agreements as in DynamoDB: each is written by itself. */
export class MemoryAgreements {
  readonly #all = new Map<SessionHandle, Agreement>();

  seenBy(mortal: MortalProcess): Agreements {
    return {
      read: async (handles) =>
        new Map(
          handles.flatMap((handle) => {
            const agreement = this.#all.get(handle);
            return agreement === undefined ? [] : [[handle, agreement] as const];
          }),
        ),
      write: async (agreements) => {
        for (const agreement of agreements)
          await mortal.write(async () => void this.#all.set(agreement.handle, agreement));
      },
      forget: async (handles) => {
        for (const handle of handles) await mortal.write(async () => void this.#all.delete(handle));
      },
      pages: () => this.#pages(),
    };
  }

  async *#pages() {
    yield [...this.#all.values()];
  }
}
