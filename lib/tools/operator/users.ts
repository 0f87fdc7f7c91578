import { processEnvironment } from '../../config/environment.ts';
import { runCommand } from '../command-line.ts';
import { usersCommand } from './users-command.ts';

/** `npm run users` */
await runCommand(usersCommand(processEnvironment()));
