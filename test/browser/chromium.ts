import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The machine's own Chromium: `CHROMIUM`, or one by its usual names.
 * @throws Error if there is none; its message says what to do
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM: chosen, PATH = '' } = environment;
  const candidates = chosen
    ? [chosen]
    : [...PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE];
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  const where = chosen ? `CHROMIUM=${chosen} is no program` : `No Chromium was found (${NAMES.join(', ')})`;
  throw new Error(`${where}. Install one (on Debian: apt-get install chromium), or set CHROMIUM to its path.`);
}

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    // Chromium's sandbox does not work for root, as which containers often run.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
