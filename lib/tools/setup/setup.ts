import { runCommand } from '../command-line.ts';
import { setupCommand } from './setup-command.ts';

/** `npm run setup` */
await runCommand(setupCommand(process.cwd()));
