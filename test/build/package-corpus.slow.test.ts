import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type BuildFailure, type BuildOptions, build, type Plugin } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';

const ALONE: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', target: 'node24' };
const OURS: BuildOptions = bundlingOptions(false);
const LOADER = resolve('test/build/package-behaviour.cjs');

/** They export the process that loads them. */
const DIFFERENT_EACH_TIME = ['process', 'process-nextick-args'];

/** Packages that a process loads one after the other. */
const CHUNK = 20;
const TIMEOUT = 1_800_000;

/** The files of bundles, by the names of their packages. */
type Bundles = Readonly<Record<string, string>>;

/** The packages at the top of node_modules. */
function installedPackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, unknown> };
  return Object.keys(packages)
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1])
    .filter((name) => name !== undefined)
    .filter((name) => existsSync(join('node_modules', name)) && !DIFFERENT_EACH_TIME.includes(name));
}

let folder: string;
beforeAll(() => {
  mkdirSync('.build', { recursive: true });
  folder = mkdtempSync(resolve('.build/package-corpus-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (name: string): string => `${name.replace('/', '+')}.cjs`;

/** Each package is an entry point, which exports all that the package does. */
const entryPoints: Plugin = {
  name: 'packages as entry points',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^package:/ }, ({ path }) => ({ path: path.replace('package:', ''), namespace: 'package' }));
    onLoad({ filter: /.*/, namespace: 'package' }, ({ path }) => ({
      contents: `import * as exported from ${JSON.stringify(path)};\nexport { exported };\n`,
      resolveDir: process.cwd(),
    }));
  },
};

/**
 * Builds packages together: esbuild then parses only once what several of them import.
 * @returns the bundles @throws BuildFailure if one of them cannot be built
 */
async function bundle(names: readonly string[], options: BuildOptions, outdir: string): Promise<Bundles> {
  await build({
    ...options,
    plugins: [...(options.plugins ?? []), entryPoints],
    entryPoints: names.map((name) => ({ in: `package:${name}`, out: fileOf(name).replace(/\.cjs$/, '') })),
    outExtension: { '.js': '.cjs' },
    outdir,
    logLevel: 'silent',
    logLimit: 0,
  });
  return Object.fromEntries(names.map((name) => [name, join(outdir, fileOf(name))]));
}

/**
 * The bundles of those packages that esbuild alone can build. A package without code, such as one of types, has an error of its own.
 * Of the others it halves the packages until those that fail are by themselves.
 */
async function bundleAlone(names: readonly string[], outdir: string): Promise<Bundles> {
  try {
    return await bundle(names, ALONE, outdir);
  } catch (error) {
    const withCode = names.filter((name) => !hasError(name, error as BuildFailure));
    if (withCode.length < names.length) return bundleAlone(withCode, outdir);
    if (names.length === 1) return {};
    const half = Math.ceil(names.length / 2);
    return { ...(await bundleAlone(names.slice(0, half), outdir)), ...(await bundleAlone(names.slice(half), outdir)) };
  }
}

const hasError = (name: string, { errors }: BuildFailure): boolean =>
  errors.some(({ location }) => location?.file === `package:${name}`);

/** Loads bundles in a process of their own, away from the project. @returns what each exports, by the package's name */
async function behavioursOf(files: Bundles): Promise<Record<string, unknown>> {
  const cwd = mkdtempSync(join(tmpdir(), 'package-corpus-'));
  try {
    const env = { PATH: process.env.PATH, HOME: cwd };
    await promisify(execFile)(process.execPath, [LOADER, JSON.stringify(files)], { cwd, env, maxBuffer: 1e9 });
    return JSON.parse(readFileSync(join(cwd, 'behaviours.json'), 'utf8')) as Record<string, unknown>;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

test(
  'every package that esbuild alone can build behaves alike, built by npm run package',
  async () => {
    const names = installedPackages();
    let compared = 0;
    for (let start = 0; start < names.length; start += CHUNK) {
      // The same path for both builds: some packages export where they are.
      const outdir = join(folder, String(start));
      const alone = await behavioursOf(await bundleAlone(names.slice(start, start + CHUNK), outdir));
      rmSync(outdir, { recursive: true, force: true });
      expect(await behavioursOf(await bundle(Object.keys(alone), OURS, outdir))).toEqual(alone);
      compared += Object.values(alone).filter((behaviour) => !isFailure(behaviour)).length;
    }
    expect(compared).toBeGreaterThan(200);
  },
  TIMEOUT,
);

const isFailure = (behaviour: unknown): boolean =>
  typeof behaviour === 'object' && behaviour !== null && 'throws' in behaviour;
