import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, RUNTIME_CLIENT, writeTo } from '../bench/cold-install.ts';

const RUNTIME_API = pathToFileURL(join(import.meta.dirname, 'runtime-api.ts')).href;

/**
 * Installs AWS's runtime client without its compiled part, which needs cmake, g++ and a lot of time. That part calls Lambda's
 * Runtime API. Here Node.js makes these calls. The rest is AWS's: loading the handler, its context, and the form of results and errors.
 * @returns the client's file
 */
export async function installRuntimeClient(): Promise<string> {
  const folder = join(
    await install('ric-not-compiled', RUNTIME_CLIENT, '--ignore-scripts'),
    'node_modules/aws-lambda-ric',
  );
  // The client requires a compiled file of this name. Node.js takes a folder of the name for a module, too.
  await writeTo(join(folder, 'rapid-client.node/index.js'), `export * from '${RUNTIME_API}';\n`);
  return join(folder, 'index.mjs');
}
