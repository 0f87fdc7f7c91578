import type { Clock } from '../core/types.ts';
import { aboutInvocation } from './invocation.ts';
import { writeLine } from './log-line.ts';

export type LogLevel = 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>) => void;

/**
 * Creates a log that writes one JSON line a call, for CloudWatch Logs Insights: time, level, message, and the details.
 * As far as they are known, the line also has the invocation's function, cold start, request ids and session handle.
 * Callers hand in neither tokens nor passwords. The time is that of the event, since CloudWatch's own is missing in
 * local runs.
 */
export const createLog =
  (clock: Clock, write: (entry: object) => void): Log =>
  (level, message, details = {}) =>
    write({ time: new Date(clock()).toISOString(), level, message, ...aboutInvocation(), ...details });

export const log = createLog(Date.now, writeLine);
