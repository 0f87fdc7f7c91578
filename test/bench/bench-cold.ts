// npm run bench:cold [-- --runs N] [--json FILE] [--write-docs]
import { writeFile } from 'node:fs/promises';
import { readOptions, wholeNumber } from '../fixtures/command-options.ts';
import { describeRun, markdownTable, writeSection } from './benchmark-docs.ts';
import { chart } from './cold-chart.ts';
import { type Contestant, prepareContest } from './cold-functions.ts';
import { checkTools, installRuntimeClient } from './cold-install.ts';
import { boot } from './cold-runtime.ts';
import { startDatabase } from './database.ts';
import { createProgress } from './progress.ts';
import { median, ratio } from './statistics.ts';

const USAGE = `npm run bench:cold [-- options]
    Starts each packaged function under the Lambda runtime client, in fresh processes. For comparison, it also starts a
    bare handler, one with middy, and one as SuperTokens' documentation deploys it. It needs Linux, cmake and g++.
    --runs N      processes per function (default 15)
    --json FILE   writes the results to the file
    --write-docs  replaces this benchmark's section of docs/benchmarks.md, and docs/cold-start.svg`;

/** After the first: enough for a median, and for the first compilations. */
const WARM_INVOCATIONS = 25;
const CHART = new URL('../../docs/cold-start.svg', import.meta.url);

interface Sample {
  readonly initMs: number;
  readonly firstMs: number;
  /** Of the processor, for both. */
  readonly cpuMs: number;
  readonly warmMs: number;
  readonly rssBytes: number;
}

/** Medians over the runs. */
interface Result extends Sample {
  readonly name: string;
  readonly zipBytes: number;
}

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
async function compete(client: string, contestants: readonly Contestant[], runs: number): Promise<Result[]> {
  const progress = createProgress('bench:cold', runs + 1);
  const samples = contestants.map((): Sample[] => []);
  // The first round fills the file system's cache, and is not counted.
  for (let run = 0; run <= runs; run++) {
    progress.step(run === 0 ? 'warming up the file system' : `run ${run} of ${runs}`);
    // Nobody always comes after the same one.
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

const cold = ({ initMs, firstMs }: Result): number => initMs + firstMs;

function table(results: readonly Result[]): string {
  const find = (name: string) => results.find((result) => result.name === name);
  const [bare, documented] = [find('bare'), find('documented')];
  if (bare === undefined || documented === undefined) throw new Error('There is nothing to compare with');
  const rows = results.map((result) => [
    result.name,
    (result.zipBytes / 1000).toFixed(0),
    ...[result.initMs, result.firstMs, cold(result)].map((ms) => ms.toFixed(0)),
    `${ratio(cold(result), cold(documented)).toFixed(2)} ×`,
    `${ratio(cold(result), cold(bare)).toFixed(2)} ×`,
    result.cpuMs.toFixed(0),
    `${ratio(result.cpuMs, documented.cpuMs).toFixed(2)} ×`,
    result.warmMs.toFixed(2),
    (result.rssBytes / 1e6).toFixed(0),
    `${ratio(result.rssBytes, documented.rssBytes).toFixed(2)} ×`,
  ]);
  const head = [
    'function',
    'zip, KB',
    'init, ms',
    'first, ms',
    'both, ms',
    'of documented',
    'of bare',
    'CPU, ms',
    'of documented',
  ];
  return markdownTable([...head, 'warm, ms', 'peak RSS, MB', 'of documented'], rows);
}

const section = (command: string, results: readonly Result[]): string => `## Cold start

${describeRun(command)}

![Cold start](cold-start.svg)

${table(results)}

The times are medians. Each process is a new one under Lambda's own runtime client (\`aws-lambda-ric\`). The functions take turns, in a
random order.

| column | meaning |
|---|---|
| init | from the start of the process until the function asks for its first event |
| first | from that event to its response |
| CPU | processor time of both. Other load on the machine changes it least |
| warm | median of the ${WARM_INVOCATIONS} events after it |

| function | what it does |
|---|---|
| *sessionInfo* | verifies an access token |
| *likeComment* | also stores a like |
| *signin* | signs a user in without Argon2, which is replaced before the function starts |
| *signinByCode* | signs a new user up by the link in a mail, which Passwordless sends |
| *refresh*, *signout* | belong to the function \`auth\` |
| *documented* | a protected route as SuperTokens' documentation deploys it, with the packages in \`node_modules\`. It verifies an access token with the keys of a core on this machine, and stores nothing |
| *bare*, *middy* | return a constant |

This service's functions use the embedded DynamoDB.`;

/** Bars by what they are, not by the names of the JSON. */
const LABELS: Readonly<Record<string, string>> = {
  sessionInfo: 'protected route',
  likeComment: 'with a DynamoDB write',
  signin: 'sign-in, hashing aside',
  signinByCode: 'sign-in by a code',
  signout: 'sign-out',
  bare: 'an empty handler',
  documented: 'as documented',
};

async function writeDocs(command: string, results: readonly Result[]): Promise<void> {
  const bars = results
    .filter(({ name }) => name !== 'middy')
    .map(({ name, initMs, firstMs }) => ({ name: LABELS[name] ?? name, initMs, firstMs }));
  await writeFile(CHART, chart("Cold start, as a share of SuperTokens' documented way", bars));
  await writeSection('bench:cold', section(command, results));
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
    process.stdout.write(`${table(results)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ functions: results }, undefined, 2)}\n`);
    if (writesDocs) await writeDocs(`npm run bench:cold -- --runs ${runs} --write-docs`, results);
  } finally {
    await contest.stop();
    await database.stop();
  }
}

await main();
