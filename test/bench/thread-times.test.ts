import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { readStat, threadTimes } from './thread-times.ts';

test('the times of a thread are read by its name, which may have parentheses', () => {
  const rest = Array.from({ length: 11 }, (_, index) => index).join(' ');
  expect(readStat(`7 (a (b) c) ${rest} 30 4 0 0`)).toEqual({ name: 'a (b) c', cpuMs: 340 });
});

const isLinux = process.platform === 'linux';
const reason = isLinux ? '' : ' (skipped: only Linux has the times of threads)';

(isLinux ? test : test.skip)(`hashing counts for the pool, and a loop for the main thread${reason}`, async () => {
  const before = await threadTimes(process.pid);
  await promisify(pbkdf2)('secret', 'salt', 300_000, 64, 'sha512');
  const hashed = await threadTimes(process.pid);
  expect(hashed.pool - before.pool).toBeGreaterThan(20);
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 200_000);
  const looped = await threadTimes(process.pid);
  expect(looped.main - hashed.main).toBeGreaterThan(looped.pool - hashed.pool);
});
