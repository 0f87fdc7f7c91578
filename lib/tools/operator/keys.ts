import { processEnvironment } from '../../config/environment.ts';
import { runCommand } from '../command-line.ts';
import { keysCommand } from './keys-command.ts';

/** `npm run keys` */
await runCommand(keysCommand(processEnvironment()));
