import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.ts';

const { resolve } = createRequire(import.meta.url);

/**
 * The path of a file of an installed package, wherever npm has put the package: in a workspace, that is a folder above this
 * project.
 * @throws CannotStart if the package is not installed
 */
export function fileOfPackage(name: string, file: string): string {
  const found = (resolve.paths(name) ?? []).map((folder) => join(folder, name, file)).find(existsSync);
  if (found === undefined) throw new CannotStart(`The package ${name} is not installed. Run: npm ci --include=dev`);
  return found;
}

/** The Serverless Framework's command. */
export const serverlessCommand = (): string => fileOfPackage('serverless', 'bin/serverless.js');
