// @ts-check
import { isMainThread } from 'node:worker_threads';

// Preloaded into serverless-offline: it listens as long as `npm run dev` holds the other end of its standard input, so
// that it never stays behind, not even when that one is killed. Worker threads inherit the preload, but not the task.
if (isMainThread) {
  process.stdin.resume();
  process.stdin.unref();
  process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
}
