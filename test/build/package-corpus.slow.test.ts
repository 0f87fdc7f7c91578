import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';

const ALONE: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', target: 'node24' };
const OURS: BuildOptions = bundlingOptions(false);
const LOADER = resolve('test/build/package-behaviour.cjs');

/** They export the process that loads them. */
const DIFFERENT_EACH_TIME = ['process', 'process-nextick-args'];

/** Packages that a process loads one after the other. */
const CHUNK = 20;
const TIMEOUT = 1_800_000;

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

/** Builds a package. @returns the bundle @throws BuildFailure */
async function bundle(name: string, options: BuildOptions, outdir: string): Promise<[name: string, file: string]> {
  const contents = `import * as exported from ${JSON.stringify(name)};\nexport { exported };\n`;
  const outfile = join(outdir, `${name.replace('/', '+')}.cjs`);
  await build({ ...options, stdin: { contents, resolveDir: process.cwd() }, outfile, logLevel: 'silent' });
  return [name, outfile];
}

/** The bundles of those packages that esbuild alone can build. */
async function bundlesAlone(names: readonly string[], outdir: string): Promise<Record<string, string>> {
  const results = await Promise.allSettled(names.map((name) => bundle(name, ALONE, outdir)));
  return Object.fromEntries(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
}

/** Loads bundles in a process of their own, away from the project. @returns what each exports, by the package's name */
async function behavioursOf(files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
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
      const alone = await behavioursOf(await bundlesAlone(names.slice(start, start + CHUNK), outdir));
      rmSync(outdir, { recursive: true, force: true });
      const ours = await Promise.all(Object.keys(alone).map((name) => bundle(name, OURS, outdir)));
      expect(await behavioursOf(Object.fromEntries(ours))).toEqual(alone);
      compared += Object.values(alone).filter((behaviour) => !isFailure(behaviour)).length;
    }
    expect(compared).toBeGreaterThan(200);
  },
  TIMEOUT,
);

const isFailure = (behaviour: unknown): boolean =>
  typeof behaviour === 'object' && behaviour !== null && 'throws' in behaviour;
