import type { CallFrame, CpuProfile } from './profile-shares.ts';

/** What the main thread of `npm run core` does, in the order of a table. */
export const CORE_ACTIVITIES = [
  'calling DynamoDB',
  'cryptography of tokens',
  'the core',
  'serving HTTP',
  'garbage collection',
  'Node.js',
] as const;

export type CoreActivity = (typeof CORE_ACTIVITIES)[number];
export type CoreShares = Record<CoreActivity, number>;

/** A stretch of the machine's monotonic clock, µs. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * Adds up by activity what a profile has of a period. A sample counts for the innermost function that shows the activity. Waiting
 * does not count.
 * @returns milliseconds
 */
export function coreSharesOf(profile: CpuProfile, { from, to }: Period): CoreShares {
  const activities = activitiesOf(profile);
  const shares = Object.fromEntries(CORE_ACTIVITIES.map((activity) => [activity, 0])) as CoreShares;
  let now = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    now += delta;
    const activity = activities.get(id);
    if (now >= from && now <= to && activity !== undefined) shares[activity] += Math.max(0, delta) / 1000;
  }
  return shares;
}

function activitiesOf({ nodes }: CpuProfile): ReadonlyMap<number, CoreActivity | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const activities = new Map<number, CoreActivity | undefined>();
  const visit = (id: number, caller: CoreActivity): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const activity = activityOf(node.callFrame, caller);
    activities.set(id, node.callFrame.functionName === '(idle)' ? undefined : activity);
    for (const child of node.children ?? []) visit(child, activity);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root.id, 'Node.js');
  return activities;
}

/** The first that matches a function's URL counts. */
const BY_URL: readonly (readonly [RegExp, CoreActivity])[] = [
  [/\/lib\/dynamodb\/|\/node_modules\/aws4\/|^node:_http_(client|agent)$/, 'calling DynamoDB'],
  [/\/lib\/server\/|\/lib\/dev\/foreign-request|^node:_http_server$/, 'serving HTTP'],
  [/^(?!.*\/node_modules\/).*\/lib\//, 'the core'],
];

function activityOf({ functionName, url }: CallFrame, caller: CoreActivity): CoreActivity {
  if (functionName === '(garbage collector)') return 'garbage collection';
  // The signature of a request to DynamoDB belongs to that request.
  if (caller === 'the core' && url.startsWith('node:internal/crypto/')) return 'cryptography of tokens';
  return BY_URL.find(([pattern]) => pattern.test(url))?.[1] ?? caller;
}
