import { processEnvironment } from '../../config/environment.ts';
import { runCommand } from '../command-line.ts';
import { migrateCommand } from './command.ts';

/** `npm run migrate` */
await runCommand(migrateCommand({ environment: processEnvironment(), output: process.stderr, clock: Date.now }));
