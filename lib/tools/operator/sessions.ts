import { processEnvironment } from '../../config/environment.ts';
import { runCommand } from '../command-line.ts';
import { sessionsCommand } from './sessions-command.ts';

/** `npm run sessions` */
await runCommand(sessionsCommand(processEnvironment()));
