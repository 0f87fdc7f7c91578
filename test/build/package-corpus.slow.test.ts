import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
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
 * @throws BuildFailure if one of them cannot be built
 */
const bundle = (names: readonly string[], options: BuildOptions, outdir: string) =>
  build({
    ...options,
    plugins: [...(options.plugins ?? []), entryPoints],
    entryPoints: names.map((name) => ({ in: `package:${name}`, out: fileOf(name).replace(/\.cjs$/, '') })),
    outExtension: { '.js': '.cjs' },
    outdir,
    logLevel: 'silent',
    logLimit: 0,
    metafile: true,
  });

const bundlesOf = (names: readonly string[], outdir: string): Bundles =>
  Object.fromEntries(names.map((name) => [name, join(outdir, fileOf(name))]));

/**
 * The bundles of those packages that esbuild alone can build. It replaces the modules that fail, until the others are built, and
 * then leaves out the packages that have such a module.
 */
async function bundleAlone(names: readonly string[], outdir: string): Promise<Bundles> {
  const failing = new Set<string>();
  for (;;) {
    try {
      const { metafile } = await bundle(names, { ...ALONE, plugins: [without(failing)] }, outdir);
      const outputs = Object.values(metafile.outputs).filter(
        ({ inputs }) => !Object.keys(inputs).some((file) => failing.has(file)),
      );
      return bundlesOf(
        outputs.map(({ entryPoint = '' }) => entryPoint.replace('package:', '')),
        outdir,
      );
    } catch (error) {
      const modules = (error as BuildFailure).errors.map(({ location }) => location?.file);
      if (modules.every((file) => file === undefined || failing.has(file))) throw error;
      for (const file of modules) if (file !== undefined) failing.add(file);
    }
  }
}

/** Replaces modules by empty ones. They are named as esbuild names them: by their paths, and `package:…` for an entry point. */
const without = (modules: ReadonlySet<string>): Plugin => ({
  name: 'without modules',
  setup({ onLoad }) {
    const contents = 'module.exports = {};';
    onLoad({ filter: /.*/ }, ({ path }) => (modules.has(relative('.', path)) ? { contents } : undefined));
    onLoad({ filter: /.*/, namespace: 'package' }, ({ path }) =>
      modules.has(`package:${path}`) ? { contents } : undefined,
    );
  },
});

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
      await bundle(Object.keys(alone), OURS, outdir);
      expect(await behavioursOf(bundlesOf(Object.keys(alone), outdir))).toEqual(alone);
      compared += Object.values(alone).filter((behaviour) => !isFailure(behaviour)).length;
    }
    expect(compared).toBeGreaterThan(200);
  },
  TIMEOUT,
);

const isFailure = (behaviour: unknown): boolean =>
  typeof behaviour === 'object' && behaviour !== null && 'throws' in behaviour;
