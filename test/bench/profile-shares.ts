/** What V8's profiler writes (`--cpu-prof`), as far as it is used here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** On the machine's monotonic clock, in microseconds. */
  readonly startTime: number;
  /** Ids of nodes, each with the time since the sample before it, in microseconds. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** Both from 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What a process spends its time on, in the order of a table. */
export const ACTIVITIES = [
  'Node.js and the runtime client',
  'Node.js modules that the bundle loads, such as https and crypto',
  'parsing and compiling the bundle',
  "SuperTokens' SDK",
  'other packages',
  'this service',
  'garbage collection',
] as const;

export type Activity = (typeof ACTIVITIES)[number];

/** Reads where a function of the bundle comes from: the path of its source. */
export type SourceOf = (frame: CallFrame) => string | undefined;

/**
 * Adds up a profile by activity. A sample counts for the innermost function of the bundle that is running, together with what that
 * function calls in Node.js. Waiting and the end of the process do not count.
 * @param bundle the end of the bundle's URL
 * @returns milliseconds
 */
export function sharesOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  bundle: string,
  sourceOf: SourceOf,
): Record<Activity, number> {
  const activities = activitiesOf(nodes, (frame) => frame.url.endsWith(bundle), sourceOf);
  const shares = Object.fromEntries(ACTIVITIES.map((activity) => [activity, 0])) as Record<Activity, number>;
  for (const [index, id] of samples.entries()) {
    const activity = activities.get(id);
    if (activity !== undefined) shares[activity] += Math.max(0, timeDeltas[index] ?? 0) / 1000;
  }
  return shares;
}

/** Waiting, and the end of the process. */
const NOT_COUNTED = ['(idle)', 'reallyExit'];

/** The activity of each node that counts. */
function activitiesOf(
  nodes: readonly ProfileNode[],
  isBundle: (frame: CallFrame) => boolean,
  sourceOf: SourceOf,
): ReadonlyMap<number, Activity | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const activities = new Map<number, Activity | undefined>();
  const visit = ({ id, callFrame, children = [] }: ProfileNode, caller: Activity): void => {
    const activity = isBundle(callFrame)
      ? activityOfBundle(callFrame, sourceOf(callFrame), caller)
      : activityIn(callFrame, caller);
    activities.set(id, NOT_COUNTED.includes(callFrame.functionName) ? undefined : activity);
    for (const child of children) {
      const node = byId.get(child);
      if (node !== undefined) visit(node, activity);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, 'Node.js and the runtime client');
  return activities;
}

/** The functions of Node.js by which it compiles a CommonJS module, looks for its exports, and loads a module of its own. */
const PARSING = ['wrapSafe', 'cjsPreparseModuleExports'];
const LOADING_BUILT_IN = ['compileForPublicLoader', 'compileForInternalLoader'];

/** What Node.js does for the activity that calls it. */
function activityIn({ functionName }: CallFrame, caller: Activity): Activity {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (PARSING.includes(functionName)) return 'parsing and compiling the bundle';
  const isOfBundle = caller !== 'Node.js and the runtime client';
  if (isOfBundle && LOADING_BUILT_IN.includes(functionName)) {
    return 'Node.js modules that the bundle loads, such as https and crypto';
  }
  return caller;
}

/** What esbuild calls the first call of a CommonJS module, before which V8 compiles the module. */
const FIRST_CALL = '__require';

function activityOfBundle({ functionName }: CallFrame, source: string | undefined, caller: Activity): Activity {
  if (functionName === FIRST_CALL) return 'parsing and compiling the bundle';
  // Helpers of esbuild have no source, and work for their caller.
  if (source === undefined) return caller === 'Node.js and the runtime client' ? 'this service' : caller;
  if (!source.includes('node_modules/')) return 'this service';
  return source.includes('node_modules/supertokens-node/') ? "SuperTokens' SDK" : 'other packages';
}
