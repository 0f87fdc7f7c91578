// npm run bench:users [-- --size 1000,100000] [--seconds N]
import { writeFile } from 'node:fs/promises';
import { readOptions } from '../fixtures/command-options.ts';
import { describeRun, latencyCell, sizeTable, writeSection } from './benchmark-docs.ts';
import { exitOnSignals } from './own-core.ts';
import { createProgress } from './progress.ts';
import { measureUserGrowth, USER_OPERATIONS, type UserGrowthResult } from './user-growth.ts';

const SIZES = '1000,100000,1000000';

const USAGE = `npm run bench:users [-- options]
    Measures our core over HTTP, with several numbers of users: sign-in, users by email, pages, count.
    --size LIST      numbers of stored users (default ${SIZES}). A million takes some two minutes to store
    --seconds N      the time for each operation at each size (default 3)
    --json FILE      writes the results to the file
    --write-docs     replaces this benchmark's section of docs/benchmarks.md`;

const OPTIONS = {
  size: { type: 'string', default: SIZES },
  seconds: { type: 'string', default: '3' },
  json: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
} as const;

const options = readOptions(USAGE, OPTIONS, (values) => {
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error('--seconds takes a number above 0');
  const sizes = values.size.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 1)) {
    throw new Error('Sizes are whole numbers from 2 on, separated by commas');
  }
  return { ...values, seconds, sizes: sizes.toSorted((a, b) => a - b) };
});

const table = (results: readonly UserGrowthResult[]): string =>
  sizeTable('request', results, {
    unit: 'user',
    cellOf: ({ latencies }) => (latencies === undefined ? '503' : latencyCell(latencies)),
  });

const commandLine = (): string => {
  const given = [
    ...(options.size === SIZES ? [] : [`--size ${options.size}`]),
    ...(options.seconds === 3 ? [] : [`--seconds ${options.seconds}`]),
  ];
  return ['npm run bench:users', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
};

const section = (results: readonly UserGrowthResult[]): string => `## Users of the core

${describeRun(commandLine())}

One client calls \`npm run core\` in CDI 5.4, one request at a time. Each size has a core and a DynamoDB (dynalite, on disk) of its own,
and they take turns. Users are picked at random, and have joined evenly over two years. The table has the median in ms, and the 99th
percentile in brackets.

- *sign-in*: Argon2id at its lowest cost, so that the reads of the database show. A user's activity is written at most every five
  minutes, so with 1,000 users many sign-ins write nothing.
- *page*: of 100 users.
- *count*: reads every index item, so it grows with the users.

${table(results)}
`;

exitOnSignals();
const progress = createProgress('bench:users', options.sizes.length + USER_OPERATIONS.length);
const results = await measureUserGrowth({ sizes: options.sizes, durationMs: options.seconds * 1000, progress });
process.stdout.write(`${table(results)}\n`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
if (options['write-docs']) await writeSection('bench:users', section(results));
