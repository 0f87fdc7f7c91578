import { readFileSync, watchFile } from 'node:fs';

/** ms between two looks at the file. */
const INTERVAL = 1000;

/**
 * Prints when serverless.yml differs from what the API has read at its start. A route that is new in there would answer 404
 * without a word.
 */
export function watchConfiguration(print: (text: string) => void, file = 'serverless.yml', interval = INTERVAL): void {
  const read = readFileSync(file, 'utf8');
  let last = read;
  // Polling also sees the file if an editor replaces it, and does not keep the process alive.
  watchFile(file, { interval, persistent: false }, () => {
    const now = textOf(file);
    if (now === undefined || now === last) return;
    last = now;
    if (now !== read) print(`${file} has changed. Restart npm run dev to use it.`);
  });
}

/** `undefined` while an editor replaces the file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
