import type { SessionHandle } from '../../../core/types.ts';
import type { Side } from '../side.ts';
import type { Refusal, Session } from './session.ts';

/** Is awaited right before sessions are written, with a ticket if the database needs one in {@link SessionDatabase.revokedOf}. */
export type Announce = (ticket: string | undefined) => Promise<void>;

/** A session that a write was announced for, and that is not there. */
export interface MissingSession {
  readonly session: Session;
  readonly ticket: string | undefined;
}

/** A page of sessions. */
export interface Page {
  readonly sessions: readonly Session[];
  readonly refused: readonly Refusal[];
}

/** A session as it was read. With `version`, a later write finds out whether the session has changed since. */
export interface StoredSession<Version> {
  /** A refusal if the session is there but cannot be read. */
  readonly session: Session | Refusal;
  readonly version: Version;
}

export interface Change<Version> {
  readonly session: Session;
  /** The version that this change replaces. Absent: the change creates the session. */
  readonly replaces: Version | undefined;
}

/** Where sessions are kept: an official core's database, or our tables. Memory does not grow with their number. */
export interface SessionDatabase<Version> {
  readonly side: Side;
  /** All sessions, page by page. */
  pages(): AsyncIterable<Page>;
  /** How many {@link pages} will yield, refused ones too; `undefined` if that takes reading them all. */
  count(): Promise<number | undefined>;
  /** Those of the sessions that are there, unexpired or not. */
  read(handles: readonly SessionHandle[]): Promise<ReadonlyMap<SessionHandle, StoredSession<Version>>>;
  /** Why this database cannot keep the session; `undefined` if it can. */
  refusalOf(session: Session): string | undefined;
  /** What to report of a session that this database keeps; `undefined` if there is nothing. */
  noteOn?(session: Session): string | undefined;
  /** Writes each session that still is as it was read. @returns the handles of those that are not */
  write(changes: readonly Change<Version>[], announce?: Announce): Promise<ReadonlySet<SessionHandle>>;
  /**
   * Whether the announced write of a new session was done. Only then is the session missing because it was revoked.
   * @returns the handles of those that were created and revoked since
   */
  revokedOf(missing: readonly MissingSession[]): Promise<ReadonlySet<SessionHandle>>;
  remove(handles: readonly SessionHandle[]): Promise<void>;
}
