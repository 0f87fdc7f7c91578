import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import type { Contestant } from './cold-functions.ts';
import { boot } from './cold-runtime.ts';
import { ACTIVITIES, type Activity, type CpuProfile, type SourceOf, sharesOf } from './profile-shares.ts';
import { median } from './statistics.ts';

/** Microseconds between two samples. */
const INTERVAL = 100;

/**
 * Where the time of a cold start goes, from V8's profiler in the bundle that deploys.
 * @param contestant one of this service's functions
 * @returns milliseconds by activity: medians of so many processes
 */
export async function profileColdStart(
  client: string,
  contestant: Contestant,
  runs: number,
): Promise<Record<Activity, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  try {
    const file = await bundle(contestant.handler, folder);
    const sourceOf = await readSources(file);
    for (let run = 0; run < runs; run++) await writeProfile(client, contestant, folder);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
    const profiles = files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile);
    const shares = (await Promise.all(profiles)).map((profile) => sharesOf(profile, file, sourceOf));
    const middle = (activity: Activity) => median(shares.map((share) => share[activity]));
    return Object.fromEntries(ACTIVITIES.map((activity) => [activity, middle(activity)])) as Record<Activity, number>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same bundle as the package has, with a source map next to it. @returns its path */
async function bundle(handler: string, folder: string): Promise<string> {
  const [path = ''] = handler.split('.');
  const outdir = join(folder, 'handlers');
  const extension = { outExtension: { '.js': '.cjs' }, sourcemap: 'external', sourcesContent: false } as const;
  await build({ ...bundlingOptions(), entryPoints: [`${path}.ts`], outdir, ...extension });
  return join(folder, `${path}.cjs`);
}

async function readSources(file: string): Promise<SourceOf> {
  const map = new SourceMap(JSON.parse(await readFile(`${file}.map`, 'utf8')));
  return ({ functionName, lineNumber, columnNumber }) => {
    // esbuild names the function around a CommonJS module by the module's path.
    if (functionName.includes('node_modules/')) return functionName;
    const entry = map.findEntry(lineNumber, columnNumber);
    return 'originalSource' in entry ? entry.originalSource : undefined;
  };
}

/** A cold start and its first request, in a process that writes its profile when it exits. */
async function writeProfile(client: string, { makeEvents, ...contestant }: Contestant, folder: string): Promise<void> {
  const options = [
    ...['--cpu-prof', `--cpu-prof-interval=${INTERVAL}`, `--cpu-prof-dir=${folder}`],
    `--require=${join(import.meta.dirname, 'exit-on-sigterm.cjs')}`,
  ];
  const given = contestant.environment.NODE_OPTIONS ?? '';
  const environment = { ...contestant.environment, NODE_OPTIONS: `${given} ${options.join(' ')}` };
  const booted = await boot(client, { ...contestant, folder, environment });
  const [event = {}] = await makeEvents(1);
  await booted.invoke(event);
  await booted.exit();
}
