// @ts-check
// Says what is missing before a command fails in a way that does not. Plain JavaScript for any Node.js, because an older one
// cannot read the TypeScript of the commands.
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { join } from 'node:path';

/** Packages that the commands need, and that an installation for production leaves out. */
const NEEDED = ['node', 'serverless', 'dynalite', 'esbuild', 'jest', 'typescript'];

const { resolve } = createRequire(import.meta.url);

/** @param {string} name */
const isInstalled = (name) =>
  (resolve.paths(name) ?? []).some((folder) => existsSync(join(folder, name, 'package.json')));

function fault() {
  const missing = NEEDED.filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    // NODE_ENV=production leaves them out, if --include=dev does not say otherwise.
    return `Packages are missing: ${missing.join(', ')}. Run: npm ci --include=dev`;
  }
  // Node.js 22.18 and later run TypeScript.
  if (!process.features.typescript) {
    return (
      `This is Node.js ${process.versions.node}. The project runs on the Node.js 24 that is installed with it. ` +
      `Run the command by npm, or let your editor use ${join(resolve('node/package.json'), '../bin/node')}`
    );
  }
  return undefined;
}

const found = fault();
if (found !== undefined) {
  process.stderr.write(`${found}\n`);
  process.exit(1);
}
// Node.js keeps what it has compiled. The next start of a command takes less time and memory, because it removes no types.
module.enableCompileCache(join(resolve('node/package.json'), '../../.cache/node-compile-cache'));
