import type { CoreEvent } from './core/index.ts';
import { log } from './log.ts';

/** What each event of the core is to an operator. */
const LEVELS: Readonly<Record<CoreEvent['event'], 'info' | 'warn' | 'error'>> = {
  RefreshGraceReuse: 'info',
  TokenTheftDetected: 'warn',
  SigningKeyMade: 'info',
  SigningKeyFailed: 'error',
  CoreRequestFailed: 'error',
};

/** Logs an event of the core. */
export const reportCoreEvent = ({ event, ...details }: CoreEvent): void => log(LEVELS[event], event, details);
