import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

/** Where what only this benchmark needs is installed, once. Git, Biome and TypeScript do not look there. */
const FOLDER = join(import.meta.dirname, '../../.build/bench');

/** AWS's runtime client for Node.js. */
export const RUNTIME_CLIENT = { 'aws-lambda-ric': '4.0.2' };

/** Compiles with cmake and g++ when it is installed: nothing that `npm ci` should do. */
export async function installRuntimeClient(): Promise<string> {
  const folder = await install('ric', RUNTIME_CLIENT);
  return join(folder, 'node_modules/aws-lambda-ric/index.mjs');
}

/** Installs packages into a folder of their own, unless they are there. @param options of npm */
export async function install(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  ...options: readonly string[]
): Promise<string> {
  const folder = join(FOLDER, name);
  const manifest = JSON.stringify({ private: true, dependencies, allowScripts: { 'aws-lambda-ric': true } });
  const done = join(folder, 'installed.json');
  if ((await readFile(done, 'utf8').catch(() => '')) === manifest) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), manifest);
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-package-lock', ...options], {
    cwd: folder,
    timeout: 600_000,
  });
  await writeFile(done, manifest);
  return folder;
}

export interface Packaged {
  readonly folder: string;
  readonly zipBytes: number;
}

export interface PackagedService {
  /** Unpacks a function that `npm run package` has made. @param name as serverless.yml calls it */
  unpack(name: string): Promise<Packaged>;
  /** Packages a function of one file. */
  reference(name: string, code: string): Promise<Packaged>;
  remove(): Promise<void>;
}

/** What `npm run package` makes, in a folder of its own. */
export async function packageService(): Promise<PackagedService> {
  const root = await mkdtemp(join(tmpdir(), 'bench-cold-'));
  const work = `.esbuild/bench-cold-${process.pid}`;
  const command = ['node_modules/serverless/bin/serverless.js', 'package', '--package', join(root, 'packaged')];
  try {
    await run(process.execPath, command, { env: { ...process.env, ESBUILD_WORK_FOLDER: work }, timeout: 120_000 });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return {
    async unpack(name) {
      const zip = await readFile(join(root, 'packaged', `${name}.zip`));
      for (const [path, contents] of Object.entries(unzipSync(zip))) await writeTo(join(root, name, path), contents);
      return { folder: join(root, name), zipBytes: zip.length };
    },
    async reference(name, code) {
      const folder = join(root, name);
      const resolveDir = join(import.meta.dirname, '../..');
      await build({
        stdin: { contents: code, resolveDir },
        outfile: join(folder, 'index.cjs'),
        bundle: true,
        minify: true,
        platform: 'node',
        target: 'node24',
        format: 'cjs',
      });
      return { folder, zipBytes: await zippedSize(folder) };
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** How SuperTokens' documentation deploys: the packages as npm installs them, next to the handler. */
export async function installDocumented(code: string): Promise<Packaged> {
  const { dependencies } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    dependencies: { 'supertokens-node': string; '@middy/core': string };
  };
  const middy = dependencies['@middy/core'];
  const folder = await install('documented', {
    'supertokens-node': dependencies['supertokens-node'],
    '@middy/core': middy,
    '@middy/http-cors': middy,
  });
  await writeFile(join(folder, 'index.mjs'), code);
  return { folder, zipBytes: await zippedSize(folder) };
}

export async function writeTo(file: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** The headers of an entry in a zip file, without its name, which stands there twice. */
const ZIP_ENTRY_BYTES = 76;

/** What a zip file of the folder would have. */
async function zippedSize(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    return deflateRawSync(await readFile(file)).length + ZIP_ENTRY_BYTES + 2 * (file.length - folder.length - 1);
  });
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 22);
}

/** @throws Error with what to install */
export async function checkTools(): Promise<void> {
  for (const tool of ['cmake', 'g++']) {
    await run(tool, ['--version']).catch(() => {
      throw new Error(`The Lambda runtime client is compiled at its installation: please install ${tool} first`);
    });
  }
  await access('/proc/self/status').catch(() => {
    throw new Error('The Lambda runtime client runs on Linux only');
  });
}
