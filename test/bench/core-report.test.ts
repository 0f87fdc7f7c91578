import { type CoreResults, coreSection } from './core-report.ts';

const THREADS = { main: 30, pool: 1, engine: 4 };
const LIST = {
  operation: 'list',
  connections: 1,
  count: 5,
  p50Ms: 250,
  client: 2,
  core: THREADS,
  database: 215,
} as const;

const RESULTS: CoreResults = {
  version: '5.6',
  load: [{ core: 'ours', operation: 'list', connections: 64, count: 100, p50Ms: 40, p99Ms: 70, perSecond: 1400 }],
  cpu: [
    { ...LIST, operation: 'verify', sessions: 1, database: 0.08 },
    { ...LIST, sessions: 10_000 },
  ],
  profiles: [],
  memory: [
    { start: 'first', operation: 'create', requests: 1500, peakMb: 149.4 },
    { start: 'later', operation: 'create', requests: 1500, peakMb: 126.2 },
  ],
  growth: { stored: [], ofOneUser: [], refreshRatio: 1.02, refreshRatioOfOneUser: 0.99 },
};

test('the section says what a list of many sessions costs the core, and what it costs dynalite', () => {
  const section = coreSection('npm run bench:core', RESULTS);
  expect(section).toContain('For\n10,000 sessions the core takes 35 ms of CPU time. Dynalite takes 215 ms');
});

test('without the times of threads, the section says nothing of the costs of a list', () => {
  expect(coreSection('npm run bench:core', { ...RESULTS, cpu: [] })).not.toContain('Dynalite takes');
});

test('the table of memory has a row for each kind of start', () => {
  const section = coreSection('npm run bench:core', RESULTS);
  expect(section).toContain('| first | 149 MB |\n| later | 126 MB |');
});
