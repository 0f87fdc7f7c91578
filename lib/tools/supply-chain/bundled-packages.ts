import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundlingOptions } from '../../build/bundling.ts';
import { OWN_FILES } from '../../build/session-only.ts';

/** A package of which some code is in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** The text of its licence. `undefined` if it has no such file. */
  readonly licenseText: string | undefined;
  /** Its folder, which is also its key in `package-lock.json`. */
  readonly folder: string;
}

/** The demo page, which esbuild.config.cjs bundles in a build of its own and writes into a function. */
const PAGE = 'web/page.ts';

/**
 * The packages in the functions' bundles, in the files next to these, and in the demo page, by name and version. A
 * package counts if a byte of the output comes from it. To be called in the project's folder.
 */
export async function bundledPackages(): Promise<BundledPackage[]> {
  const handlers = (await readdir('handlers')).map((file) => `handlers/${file}`);
  const builds: BuildOptions[] = [
    { ...bundlingOptions(), entryPoints: handlers },
    ...Object.values(OWN_FILES).map((stdin) => ({ bundle: true, platform: 'node' as const, stdin })),
    { bundle: true, format: 'esm', entryPoints: [PAGE] },
  ];
  const inputs = (await Promise.all(builds.map(inputsOf))).flat();
  const folders = new Set(inputs.map(folderOf).filter((folder) => folder !== undefined));
  const packages = await Promise.all([...folders].map(readPackage));
  const idOf = ({ name, version }: BundledPackage): string => `${name} ${version}`;
  return packages.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

async function inputsOf(options: BuildOptions): Promise<string[]> {
  const { metafile } = await build({ ...options, outdir: '.', write: false, metafile: true, logLevel: 'silent' });
  return Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file),
  );
}

/** The folder of the package that a file is in. What a plugin writes instead of a file has a name with a colon before it. */
const folderOf = (file: string): string | undefined =>
  /^(?:[^:]*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];

async function readPackage(folder: string): Promise<BundledPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as BundledPackage;
  const file = (await readdir(folder)).sort().find((each) => /^licen[cs]e(\.|$)/i.test(each));
  const licenseText = file === undefined ? undefined : await readFile(join(folder, file), 'utf8');
  return { name, version, license, licenseText, folder };
}
