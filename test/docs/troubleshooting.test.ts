import { readdirSync, readFileSync } from 'node:fs';

/** Messages of other programs: CloudFormation, and npm. */
const OF_OTHERS = ['Table already exists', 'EBADENGINE', 'serverless.yml'];

const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => /[.](ts|mjs)$/.test(file))
  .map((file) => readFileSync(`lib/${file}`, 'utf8'))
  .join('\n');

/** The quoted texts in the first column: messages, and status texts. */
const quoted = readFileSync('docs/troubleshooting.md', 'utf8')
  .split(/^## From the API$/m)[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| symptom'))
  .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/["`]([^"`]{8,})["`]/g)].map(([, text = '']) => text));

/** The parts of a message that do not depend on the case. */
const fixedParts = (message: string): string[] =>
  message
    .split(/ [.]data ?|\d+|…/)
    .map((part) => part.trim())
    .filter((part) => part.length > 3);

test('docs/troubleshooting.md quotes messages that the service and its commands have', () => {
  const messages = (quoted ?? []).filter((text) => !OF_OTHERS.includes(text) && !/^(Retry-After|\/auth)/.test(text));
  expect(messages.length).toBeGreaterThan(10);
  const lost = messages.filter((message) => !fixedParts(message).every((part) => sources.includes(part)));
  expect(lost).toEqual([]);
});
