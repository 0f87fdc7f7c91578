import { type CpuProfile, type ProfileNode, sharesOf } from './profile-shares.ts';

const SDK = 'node_modules/supertokens-node/lib/build/supertokens.js';
const BUNDLE = '/handlers/auth.cjs';

/** A node of a profile. Its id is that of its frame: `SDK@bundle` is a function of the bundle that comes from there. */
const node = (id: number, functionName: string, children: number[] = []): ProfileNode => {
  const [name = '', isInBundle] = functionName.split('@');
  const url = isInBundle === undefined ? 'node:internal' : `file:///tmp/x${BUNDLE}`;
  return { id, children, callFrame: { functionName: name, url, lineNumber: 0, columnNumber: id } };
};

const profile = (nodes: ProfileNode[]): CpuProfile => ({
  nodes,
  startTime: 0,
  // Each node runs by itself for as many milliseconds as its id.
  samples: nodes.map(({ id }) => id),
  timeDeltas: nodes.map(({ id }) => id * 1000),
});

const shares = (nodes: ProfileNode[]) =>
  sharesOf(profile(nodes), BUNDLE, ({ functionName }) => (functionName.startsWith('__') ? undefined : functionName));

test('a sample counts for the innermost function of the bundle, with what it calls in Node.js', () => {
  const nodes = [
    node(1, '(root)', [2, 64]),
    node(2, 'lib/http/pipeline.ts@bundle', [4, 8]),
    node(4, 'createHash'),
    node(8, `${SDK}@bundle`, [16, 32]),
    node(16, 'decode'),
    node(32, 'node_modules/tldts/index.js@bundle'),
    node(64, 'fetchNextEvent'),
  ];
  expect(shares(nodes)).toMatchObject({
    'Node.js and the runtime client': 1 + 64,
    'this service': 2 + 4,
    "SuperTokens' SDK": 8 + 16,
    'other packages': 32,
  });
});

test("Node.js's own modules count apart if the bundle loads them", () => {
  const nodes = [
    node(1, '(root)', [2, 4]),
    node(2, 'compileForInternalLoader'),
    node(4, 'handlers/auth.ts@bundle', [8]),
    node(8, 'compileForPublicLoader', [16]),
    node(16, 'net'),
  ];
  expect(shares(nodes)).toMatchObject({
    'Node.js and the runtime client': 1 + 2,
    'this service': 4,
    'Node.js modules that the bundle loads, such as https and crypto': 8 + 16,
  });
});

test('compiling a module counts as parsing, and the helpers of esbuild count for their callers', () => {
  const nodes = [
    node(1, '(root)', [2, 16]),
    node(2, '__require@bundle', [4]),
    node(4, `${SDK}@bundle`, [8]),
    node(8, '__copyProps@bundle'),
    node(16, '__export@bundle'),
  ];
  expect(shares(nodes)).toMatchObject({
    'parsing and compiling the bundle': 2,
    "SuperTokens' SDK": 4 + 8,
    'this service': 16,
  });
});

test('parsing and garbage collection count apart, and neither waiting nor the exit counts', () => {
  const nodes = [
    node(1, '(root)', [2, 4, 8, 16, 32]),
    node(2, 'wrapSafe'),
    node(4, 'cjsPreparseModuleExports'),
    node(8, '(garbage collector)'),
    node(16, '(idle)'),
    node(32, 'reallyExit'),
  ];
  expect(shares(nodes)).toMatchObject({
    'Node.js and the runtime client': 1,
    'parsing and compiling the bundle': 2 + 4,
    'garbage collection': 8,
  });
});
