// npm run bench:cold [-- --runs N] [--json FILE] [--write-docs]
import { writeFile } from 'node:fs/promises';
import { readOptions, wholeNumber } from '../fixtures/command-options.ts';
import { writeFigures, writeSection } from './benchmark-docs.ts';
import { type Contestant, prepareContest } from './cold-functions.ts';
import { checkTools, installRuntimeClient } from './cold-install.ts';
import { profileColdStart } from './cold-profile.ts';
import {
  type ColdReport,
  type ColdResult,
  coldChart,
  coldMs,
  coldSection,
  coldSummary,
  coldTable,
  FIGURES,
  resultOf,
  sharesTable,
} from './cold-report.ts';
import { boot } from './cold-runtime.ts';
import { startDatabase } from './database.ts';
import { createProgress } from './progress.ts';
import { median } from './statistics.ts';

const USAGE = `npm run bench:cold [-- options]
    Starts each packaged function under the Lambda runtime client, in fresh processes. For comparison, it also starts a
    bare handler, one with middy, and one as SuperTokens' documentation deploys it. It needs Linux, cmake and g++.
    --runs N      processes per function (default 15)
    --json FILE   writes the results to the file
    --write-docs  writes docs/cold-start.svg, and the figures of cold starts in docs/benchmarks.md, docs/costs.md, docs/faq.md
                  and README.md`;

/** After the first: enough for a median, and for the first compilations. */
const WARM_INVOCATIONS = 25;
const CHART = new URL('../../docs/cold-start.svg', import.meta.url);

/** Of one process. */
type Sample = Omit<ColdResult, 'name' | 'zipBytes'>;

const OPTIONS = {
  runs: { type: 'string', default: '15' },
  json: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
} as const;

const options = () => readOptions(USAGE, OPTIONS, (values) => ({ ...values, runs: wholeNumber(values.runs, 'runs') }));

/** One process: its start, its first event, and the events after it. */
async function measure(client: string, contestant: Contestant): Promise<Sample> {
  const events = await contestant.makeEvents(1 + WARM_INVOCATIONS);
  const booted = await boot(client, contestant);
  try {
    const times: number[] = [];
    let cpuMs = Number.NaN;
    for (const event of events) {
      const { ms, answer } = await booted.invoke(event);
      if (answer.statusCode !== 200) throw new Error(`${contestant.name} answered ${JSON.stringify(answer)}`);
      times.push(ms);
      if (times.length === 1) cpuMs = await booted.cpuMs();
    }
    const [firstMs = Number.NaN, ...warm] = times;
    return { initMs: booted.initMs, firstMs, cpuMs, warmMs: median(warm), rssBytes: await booted.peakRssBytes() };
  } finally {
    await booted.stop();
  }
}

/** One process of each function in turn, so that whatever else the machine does falls on all alike. */
async function compete(client: string, contestants: readonly Contestant[], runs: number): Promise<ColdResult[]> {
  const progress = createProgress('bench:cold', runs + 1);
  const samples = contestants.map((): Sample[] => []);
  // The first round fills the file system's cache, and is not counted.
  for (let run = 0; run <= runs; run++) {
    progress.step(run === 0 ? 'warming up the file system' : `run ${run} of ${runs}`);
    // No function always comes after the same one.
    const order = shuffled(contestants.keys());
    for (const [index, contestant] of order.map((at) => [at, contestants[at]] as const)) {
      if (contestant === undefined) continue;
      const sample = await measure(client, contestant);
      if (run > 0) samples[index]?.push(sample);
    }
  }
  return contestants.map(({ name, zipBytes }, index) => {
    const middle = (key: keyof Sample) =>
      Number(median((samples[index] ?? []).map((sample) => sample[key])).toFixed(2));
    const [initMs, firstMs, cpuMs] = [middle('initMs'), middle('firstMs'), middle('cpuMs')];
    return { name, zipBytes, initMs, firstMs, cpuMs, warmMs: middle('warmMs'), rssBytes: middle('rssBytes') };
  });
}

/** Good enough for that. */
const shuffled = <Value>(values: Iterable<Value>): Value[] =>
  [...values]
    .map((value) => ({ value, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);

async function writeDocs(report: ColdReport): Promise<void> {
  const { results } = report;
  await writeFile(CHART, coldChart(results));
  await writeSection('bench:cold', coldSection(report));
  await writeSection('bench:cold', coldSummary(results), 'docs/costs.md');
  for (const { page, text, of } of FIGURES) {
    const figures = of.map((name) => coldMs(resultOf(results, name)).toFixed(0));
    await writeFigures(page, text, figures);
  }
}

function protectedRoute(contestants: readonly Contestant[]): Contestant {
  const route = contestants.find(({ name }) => name === 'sessionInfo');
  if (route === undefined) throw new Error('There is no protected route');
  return route;
}

async function main(): Promise<void> {
  const { runs, json, 'write-docs': writesDocs } = options();
  await checkTools();
  process.stderr.write('bench:cold installing what it needs, if it is not there yet, and packaging the functions\n');
  const client = await installRuntimeClient();
  const database = await startDatabase();
  const contest = await prepareContest(database);
  try {
    const results = await compete(client, contest.contestants, runs);
    const shares = await profileColdStart(client, protectedRoute(contest.contestants), runs);
    process.stdout.write(`${coldTable(results)}\n\n${sharesTable(shares)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ functions: results, shares }, undefined, 2)}\n`);
    const command = `npm run bench:cold -- --runs ${runs} --write-docs`;
    if (writesDocs) await writeDocs({ command, results, shares, warmInvocations: WARM_INVOCATIONS });
  } finally {
    await contest.stop();
    await database.stop();
  }
}

await main();
