import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildOptions, Metafile, PluginBuild } from 'esbuild';

/** What of a build's plugin API finds its recipes. */
type Build = Pick<PluginBuild, 'esbuild' | 'initialOptions'>;
type Output = Metafile['outputs'][string];

/** ms. The builds of a service's functions start within this time of each other. */
const TOGETHER = 20;
const RECIPE = /^supertokens-node\/(?:lib\/build\/)?recipe\/([^/]+)/;

/**
 * Returns a function that finds the recipes that a function's own code imports. Imports of types do not count.
 * The functions of a service import mostly the same modules, so builds that start together parse these once.
 */
export function createRecipeFinder(): (build: Build) => Promise<string[]> {
  let entries = new Set<string>();
  let scan: Promise<readonly Output[]> | undefined;
  const scanTogether = async ({ esbuild }: Build): Promise<readonly Output[]> => {
    await sleep(TOGETHER);
    const entryPoints = [...entries];
    [entries, scan] = [new Set(), undefined];
    return outputsOf(esbuild, { entryPoints });
  };
  return async (build) => {
    const entry = fileIn(build.initialOptions);
    if (entry !== undefined) {
      entries.add(entry);
      scan ??= scanTogether(build);
      const outputs = (await scan).filter(({ entryPoint }) => resolve(entryPoint ?? '') === resolve(entry));
      if (outputs.length > 0) return recipesIn(outputs);
    }
    // Another function of the scan may be faulty.
    return recipesIn(await outputsOf(build.esbuild, build.initialOptions));
  };
}

/** The one file that the build of a function begins with; `undefined` if it begins in another way. */
function fileIn({ entryPoints, stdin, absWorkingDir }: BuildOptions): string | undefined {
  if (!Array.isArray(entryPoints) || entryPoints.length !== 1) return undefined;
  const [entry] = entryPoints;
  return typeof entry === 'string' && stdin === undefined && absWorkingDir === undefined ? entry : undefined;
}

/** Bundles a function's own code, in memory. @returns nothing if the code has a fault, which the build itself reports */
async function outputsOf(esbuild: PluginBuild['esbuild'], options: BuildOptions): Promise<readonly Output[]> {
  const { entryPoints, stdin, absWorkingDir } = options;
  try {
    const { metafile } = await esbuild.build({
      ...(entryPoints && { entryPoints }),
      ...(stdin && { stdin }),
      ...(absWorkingDir && { absWorkingDir }),
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      loader: { '.html': 'empty', '.css': 'empty' },
      outdir: 'unwritten',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    return Object.values(metafile.outputs);
  } catch {
    return [];
  }
}

const recipesIn = (outputs: readonly Output[]): string[] =>
  outputs.flatMap(({ imports }) => imports).flatMap(({ path }) => RECIPE.exec(path)?.[1] ?? []);
