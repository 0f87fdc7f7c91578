import { runCommand } from '../command-line.ts';
import { migrateCommand } from './command.ts';

/** `npm run migrate` */
await runCommand(migrateCommand({ environment: process.env, output: process.stderr, clock: Date.now }));
