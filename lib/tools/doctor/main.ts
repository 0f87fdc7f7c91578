import { runCommand } from '../command-line.ts';
import { doctorCommand } from './doctor-command.ts';

await runCommand(doctorCommand({ environment: process.env, isTerminal: process.stdout.isTTY === true }));
