import type { CoreEvent } from '../core/index.ts';
import { type LogLevel, log } from '../observability/log.ts';
import { count } from '../observability/metrics.ts';

/** What each event of the core is to an operator. */
const LEVELS: Readonly<Record<CoreEvent['event'], LogLevel>> = {
  RefreshGraceReuse: 'info',
  TokenTheftDetected: 'warn',
  SigningKeyMade: 'info',
  SigningKeyFailed: 'error',
  CoreRequestFailed: 'error',
};

/** Logs an event of the core, and counts it if there is a metric of that name. */
export function reportCoreEvent({ event, ...details }: CoreEvent): void {
  log(LEVELS[event], event, details);
  if (event === 'RefreshGraceReuse' || event === 'TokenTheftDetected') count(event);
}

/** What another core answers, but does not report. It is logged like the built-in core's event. */
export function reportTheft(sessionHandle: string): void {
  log(LEVELS.TokenTheftDetected, 'TokenTheftDetected', { sessionHandle });
  count('TokenTheftDetected');
}
