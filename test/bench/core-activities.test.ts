import { coreSharesOf } from './core-activities.ts';
import type { CpuProfile, ProfileNode } from './profile-shares.ts';

const node = (id: number, functionName: string, url: string, children: number[] = []): ProfileNode => ({
  id,
  callFrame: { functionName, url, lineNumber: 0, columnNumber: 0 },
  children,
});

/** Each node runs for a millisecond, from time 1000 on. */
const profileOf = (nodes: readonly ProfileNode[]): CpuProfile => ({
  nodes,
  startTime: 1000,
  samples: nodes.map(({ id }) => id),
  timeDeltas: nodes.map(() => 1000),
});

const ALWAYS = { from: 0, to: 1_000_000 };

test('a function counts for what it belongs to, and what it calls in Node.js for its caller', () => {
  const profile = profileOf([
    node(1, '(root)', '', [2, 3, 6, 9, 10]),
    node(2, '(idle)', ''),
    node(3, 'refresh', 'file:///app/lib/core/session/refresh.ts', [4, 5]),
    node(4, 'sign', 'node:internal/crypto/sig'),
    node(5, 'stringify', ''),
    node(6, 'send', 'file:///app/lib/dynamodb/exchange.ts', [7, 8]),
    node(7, 'update', 'node:internal/crypto/hash'),
    node(8, 'sign', 'file:///app/node_modules/aws4/aws4.js'),
    node(9, 'parserOnIncoming', 'node:_http_server'),
    node(10, '(garbage collector)', ''),
  ]);
  expect(coreSharesOf(profile, ALWAYS)).toEqual({
    'calling DynamoDB': 3,
    'cryptography of tokens': 1,
    'the core': 2,
    'serving HTTP': 1,
    'garbage collection': 1,
    'Node.js': 1,
  });
});

test('only the period counts', () => {
  const profile = profileOf([
    node(1, '(root)', '', [2, 3]),
    node(2, 'a', 'file:///app/lib/core/a.ts'),
    node(3, 'b', 'file:///app/lib/server/b.ts'),
  ]);
  expect(coreSharesOf(profile, { from: 2500, to: 3500 })).toMatchObject({
    'Node.js': 0,
    'the core': 1,
    'serving HTTP': 0,
  });
});
