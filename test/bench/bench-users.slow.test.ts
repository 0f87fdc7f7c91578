import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

test('npm run bench:users stores the users of each size, and measures every request', async () => {
  const arguments_ = ['test/bench/bench-users.ts', '--size', '200,300', '--seconds', '0.01'];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_);
  const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const measured = expect.stringMatching(/^\d+\.\d\d \(\d+\.\d\d\)$/);
  for (const name of ['sign-in', 'find by email', 'newest page', 'page from the middle', 'count']) {
    expect(rows).toContainEqual(['', name, measured, measured, '']);
  }
});
