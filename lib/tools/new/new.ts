import { runCommand } from '../command-line.ts';
import { newCommand } from './new-command.ts';

/** `npm run new` */
await runCommand(newCommand(process.cwd()));
