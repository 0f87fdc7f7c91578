import type { SessionHandle } from '../../core/types.ts';
import type { Refusal, Session } from './session.ts';

/** Some sessions of a side. */
export interface Page {
  readonly sessions: readonly Session[];
  readonly refused: readonly Refusal[];
}

/** A session of a side as it was read; `version` lets a later write find out whether it has changed since. */
export interface Held<Version> {
  /** A refusal if it is there, but not to be read. */
  readonly session: Session | Refusal;
  readonly version: Version;
}

export interface Change<Version> {
  readonly session: Session;
  /** The version to be replaced; none, to create it. */
  readonly over: Version | undefined;
}

/** Where sessions are kept: an official core's database, or our tables. Memory does not grow with their number. */
export interface Side<Version> {
  /** All sessions, page by page. */
  pages(): AsyncIterable<Page>;
  /** How many {@link pages} will yield, refused ones too; `undefined` if only reading them all would tell. */
  count(): Promise<number | undefined>;
  /** Those of the sessions that are there, unexpired or not. */
  read(handles: readonly SessionHandle[]): Promise<ReadonlyMap<SessionHandle, Held<Version>>>;
  /** Why this side cannot keep the session; `undefined` if it can. */
  refusalOf(session: Session): string | undefined;
  /** Writes each session that still is as it was read. @returns the handles of those that are not */
  write(changes: readonly Change<Version>[]): Promise<ReadonlySet<SessionHandle>>;
  remove(handles: readonly SessionHandle[]): Promise<void>;
}
