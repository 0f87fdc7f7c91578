import type { Browser, BrowserContext } from 'playwright-core';
import { freePort } from '../../lib/dev/ports.ts';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { launchChromium } from './chromium.ts';
import { startWebsite, type Website } from './website.ts';

/** What all browser tests share, for starting it takes longer than most of them. */
interface Stage {
  readonly service: LocalService;
  readonly website: Website;
}

const shared = globalThis as { stage?: Stage };

/** Before all tests, by jest: the real service, and a website for it. Access tokens last four seconds. */
export async function startStage(): Promise<void> {
  const [port, websitePort] = [await freePort(), await freePort()];
  const website = await startWebsite(websitePort, `http://localhost:${port}`);
  const service = await startLocalService({
    port,
    websiteDomain: website.origin,
    environment: { ACCESS_TOKEN_VALIDITY: '4', ACCESS_TOKEN_VALIDITY_JITTER: '0' },
  });
  shared.stage = { service, website };
  // The tests run in processes of their own, which inherit this.
  Object.assign(process.env, { BROWSER_TEST_API: service.url, BROWSER_TEST_WEBSITE: website.origin });
}

/** After all tests, by jest. */
export async function stopStage(): Promise<void> {
  await shared.stage?.website.stop();
  await shared.stage?.service.stop();
}

/** The API, which serves the page too, at `/`. */
export const API = process.env.BROWSER_TEST_API ?? '';
/** The page on an origin of its own, the one that the API allows. */
export const WEBSITE = process.env.BROWSER_TEST_WEBSITE ?? '';

export interface Opened {
  readonly browser: Browser;
  /** Its own for each test: no cookie of another. */
  readonly context: BrowserContext;
}

/** A browser for the tests of one file. Its members are there while a test runs. */
export function useBrowser(): Opened {
  const opened: { browser?: Browser; context?: BrowserContext } = {};
  beforeAll(async () => {
    opened.browser = await launchChromium();
  });
  beforeEach(async () => {
    opened.context = await (opened as Opened).browser.newContext();
  });
  afterEach(() => opened.context?.close());
  afterAll(() => opened.browser?.close());
  return opened as Opened;
}
