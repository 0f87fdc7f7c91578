import { readdirSync, readFileSync } from 'node:fs';

const STACK = 'lib/build/stack';
/** `npm run dev` sets these itself: its embedded DynamoDB, and the folder of its mailbox. */
const OF_DEVELOPMENT = ['DEV_MAILBOX_FOLDER', 'DYNAMODB_ENDPOINT'];

const deployed = (): string[] => {
  const files = readdirSync(STACK).map((file) => readFileSync(`${STACK}/${file}`, 'utf8'));
  const names = files.flatMap((text) => [...text.matchAll(/\$\{env:([A-Z_]+)/g)].map(([, name = '']) => name));
  return [...new Set(names)].filter((name) => !OF_DEVELOPMENT.includes(name));
};

test('docs/configuration.md lists every variable that the deployed functions take, and no other', () => {
  const rows = readFileSync('docs/configuration.md', 'utf8').split('\n');
  const firstCells = rows.filter((row) => row.startsWith('| `')).map((row) => row.split(' | ')[0] ?? '');
  const documented = firstCells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name));
  expect(deployed().length).toBeGreaterThan(15);
  expect(documented.toSorted()).toEqual(deployed().toSorted());
});
