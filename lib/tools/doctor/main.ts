import { processEnvironment } from '../../config/environment.ts';
import { runCommand } from '../command-line.ts';
import { doctorCommand } from './doctor-command.ts';

await runCommand(doctorCommand({ environment: processEnvironment(), isTerminal: process.stdout.isTTY === true }));
