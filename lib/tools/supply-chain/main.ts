import { writeFile } from 'node:fs/promises';
import { bundledPackages } from './bundled-packages.ts';
import { NOTICES_FILE, noticesOf } from './notices.ts';

/** `npm run licenses` */
const packages = await bundledPackages();
await writeFile(NOTICES_FILE, noticesOf(packages));
process.stdout.write(`${NOTICES_FILE} names the ${packages.length} packages that are in the bundles.\n`);
