import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Command, EXIT, runCommand } from '../command-line.ts';
import { bundledPackages } from './bundled-packages.ts';
import { NOTICES_FILE, noticesOf } from './notices.ts';

const HELP = `npm run licenses

Writes the licences of all packages in the bundles to ${NOTICES_FILE}.`;

/** `npm run licenses` */
const command: Command = async (args, terminal) => {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', default: false } } });
  if (values.help) {
    terminal.print(HELP);
    return EXIT.done;
  }
  const packages = await bundledPackages();
  await writeFile(NOTICES_FILE, noticesOf(packages));
  terminal.print(`${NOTICES_FILE} names the ${packages.length} packages in the bundles.`);
  return EXIT.done;
};

await runCommand(command);
