import { barChart } from './bar-chart.ts';
import { describeRun, markdownTable } from './benchmark-docs.ts';
import { type ColdResult, coldMs, LABELS, resultOf } from './cold-result.ts';
import { ratio } from './statistics.ts';

export interface ColdReport {
  readonly command: string;
  readonly results: readonly ColdResult[];
  /** How many events a process gets after its first. */
  readonly warmInvocations: number;
}

export function coldTable(results: readonly ColdResult[]): string {
  const documented = coldMs(resultOf(results, 'documented'));
  const rows = results.map((result) => [
    result.name,
    `${coldMs(result).toFixed(0)} (${ratio(coldMs(result), documented).toFixed(2)} ×)`,
    ...[result.initMs, result.firstMs, result.cpuMs].map((ms) => ms.toFixed(0)),
    result.warmMs.toFixed(2),
    ...[result.rssBytes / 1e6, result.zipBytes / 1e3].map((size) => size.toFixed(0)),
  ]);
  const head = ['function', 'both, ms', 'init, ms', 'first, ms', 'CPU, ms', 'warm, ms', 'peak RSS, MB', 'zip, KB'];
  return markdownTable(head, rows);
}

export function coldChart(results: readonly ColdResult[]): string {
  const documented = coldMs(resultOf(results, 'documented'));
  return barChart({
    title: 'How long does a cold start take, until its first response?',
    parts: ['start of the process', 'first request'],
    bars: results
      .filter(({ name }) => name !== 'middy' && name !== 'https')
      .map((result) => ({
        name: LABELS[result.name] ?? result.name,
        values: [result.initMs, result.firstMs],
        label: `${coldMs(result).toFixed(0)} ms (${ratio(coldMs(result), documented).toFixed(2)} ×)`,
      })),
  });
}

/** The section of docs/benchmarks.md. */
export const coldSection = ({ command, results, warmInvocations }: ColdReport): string => `## Cold start

${describeRun(command)}

![How long a cold start takes](cold-start.svg)

${coldTable(results)}

The times are medians. Each process is a new one under Lambda's own runtime client (\`aws-lambda-ric\`). The functions take turns, in a
random order.

| column | meaning |
|---|---|
| both | init and first together, and how many times as long as the *documented* function |
| init | from the start of the process until the function asks for its first event |
| first | from that event to its response |
| CPU | processor time of both. Other load on the machine changes it least |
| warm | median of the ${warmInvocations} events after it |

| function | what it does |
|---|---|
| *sessionInfo* | verifies an access token |
| *likeComment* | also stores a like |
| *signin* | signs a user in without Argon2, which is replaced before the function starts |
| *signinByCode* | signs a new user up by the link in a mail, which Passwordless sends |
| *refresh*, *signout* | belong to the function \`auth\` |
| *documented* | a protected route as SuperTokens' documentation deploys it, with the packages in \`node_modules\`. It verifies an access token with the keys of a core on this machine, and stores nothing |
| *bare*, *middy* | return a constant |
| *https* | returns a constant, and loads \`https\` and \`crypto\`, as every function does that calls DynamoDB |

This service's functions use the embedded DynamoDB. The command also prints where their time and memory go.
`;

/** The table of docs/costs.md. */
export function coldSummary(results: readonly ColdResult[]): string {
  const described = [
    ['sessionInfo', 'protected route of this service'],
    ['documented', 'protected route as SuperTokens documents it: the SDK unbundled, and a core next to it'],
    ['bare', 'function that does nothing'],
    ['likeComment', 'route that also writes to DynamoDB'],
    ['signin', 'sign-in with a password, hashing aside'],
    ['signinByCode', 'sign-in by a code'],
    ['refresh', 'refresh'],
    ['signout', 'sign-out'],
  ] as const;
  const rows = described.map(([name, description]) => {
    const result = resultOf(results, name);
    const zip = Math.round(result.zipBytes / 1e3).toLocaleString('en-US');
    return [description, `${coldMs(result).toFixed(0)} ms`, `${zip} KB`, `${(result.rssBytes / 1e6).toFixed(0)} MB`];
  });
  return markdownTable(['function', 'start and first response', 'zip', 'memory'], rows);
}

/** The figures of other pages: the text around them, and the functions that they are of. */
export const FIGURES = [
  { page: 'README.md', text: /responds in (\d+) ms instead of (\d+) ms, measured/, of: ['sessionInfo', 'documented'] },
  { page: 'docs/faq.md', text: /A protected route needs (\d+) ms from the start/, of: ['sessionInfo'] },
  { page: 'docs/faq.md', text: /needs (\d+) ms\. A sign-in needs (\d+) ms, hashing/, of: ['documented', 'signin'] },
] as const;
