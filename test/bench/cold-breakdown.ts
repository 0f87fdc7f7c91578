import { markdownTable } from './benchmark-docs.ts';
import { type ColdResult, LABELS, resultOf } from './cold-result.ts';
import { ACTIVITIES, type Activity } from './profile-shares.ts';
import { sum } from './statistics.ts';

/** Milliseconds by activity, of each function that was profiled. */
export type SharesByFunction = Readonly<Record<string, Readonly<Record<Activity, number>>>>;

const labelOf = (name: string): string => LABELS[name] ?? name;

/** Where the time of each function goes. */
export function timeTable(shares: SharesByFunction): string {
  const functions = Object.values(shares);
  const row = (label: string, ofFunction: (share: (typeof functions)[number]) => number) => [
    label,
    ...functions.map((share) => ofFunction(share).toFixed(1)),
  ];
  const head = ['activity', ...Object.keys(shares).map((name) => `${labelOf(name)}, ms`)];
  const rows = ACTIVITIES.map((activity) => row(activity, (share) => share[activity]));
  return markdownTable(head, [...rows, row('all', (share) => sum(Object.values(share)))]);
}

/** Where the memory of functions goes: by how much each part raises the peak. */
export function memoryTable(results: readonly ColdResult[], names: readonly string[]): string {
  const [bare, https] = [resultOf(results, 'bare'), resultOf(results, 'https')];
  const functions = names.map((name) => resultOf(results, name));
  const row = (label: string, ofFunction: (result: ColdResult) => number) => [
    label,
    ...functions.map((result) => (ofFunction(result) / 1e6).toFixed(1)),
  ];
  return markdownTable(
    ['part', ...names.map((name) => `${labelOf(name)}, MB`)],
    [
      row('Node.js and the runtime client', () => bare.initRssBytes),
      row('`https` and `crypto`', () => https.initRssBytes - bare.initRssBytes),
      row('the bundle', ({ initRssBytes }) => initRssBytes - https.initRssBytes),
      row('the first request', ({ initRssBytes, firstRssBytes }) => firstRssBytes - initRssBytes),
      row('the requests after it', ({ firstRssBytes, rssBytes }) => rssBytes - firstRssBytes),
      row('all', ({ rssBytes }) => rssBytes),
    ],
  );
}
