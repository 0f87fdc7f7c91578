import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import type { TransferMethod } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';
import { launchChromium } from './chromium.ts';
import { startReactWebsite } from './react-website.ts';
import { startWebsite, type Website } from './website.ts';

/** What all browser tests share, for starting it takes longer than most of them. */
interface Stage {
  readonly service: LocalService;
  readonly websites: readonly Website[];
  /** Of the embedded DynamoDB. */
  readonly dataFolder: string;
}

const shared = globalThis as { stage?: Stage };

/** Before all tests, by jest: the real service, and websites for it. Access tokens last four seconds. */
export async function startStage(): Promise<void> {
  const port = await freePort();
  const apiDomain = `http://localhost:${port}`;
  const demoPage = await startWebsite(await freePort(), apiDomain);
  const reactWithCookies = await startReactWebsite({ host: 'localhost', transfer: 'cookie', apiDomain });
  // Another site than the API's: a browser sends it no cookies.
  const reactWithHeaders = await startReactWebsite({ host: '127.0.0.1', transfer: 'header', apiDomain });
  const websites = [demoPage, reactWithCookies, reactWithHeaders];
  const renderer = `http://localhost:${await freePort()}`;
  const dataFolder = await mkdtemp(join(tmpdir(), 'browser-'));
  const service = await startLocalService({
    port,
    folder: dataFolder,
    signInProvider: true,
    websiteDomain: [...websites.map(({ origin }) => origin), renderer].join(','),
    environment: {
      ACCESS_TOKEN_VALIDITY: '4',
      ACCESS_TOKEN_VALIDITY_JITTER: '0',
      // All tests have one address.
      ATTEMPTS_PER_SOURCE: '10000',
    },
  });
  shared.stage = { service, websites, dataFolder };
  // The tests run in processes of their own, which inherit this.
  Object.assign(process.env, {
    BROWSER_TEST_API: service.url,
    BROWSER_TEST_DATA: dataFolder,
    BROWSER_TEST_WEBSITE: demoPage.origin,
    BROWSER_TEST_RENDERER: renderer,
    BROWSER_TEST_REACT_COOKIE: reactWithCookies.origin,
    BROWSER_TEST_REACT_HEADER: reactWithHeaders.origin,
  });
}

/** After all tests, by jest. */
export async function stopStage(): Promise<void> {
  const { service, websites = [], dataFolder } = shared.stage ?? {};
  await Promise.all(websites.map((website) => website.stop()));
  await service?.stop();
  if (dataFolder !== undefined) await rm(dataFolder, { recursive: true, force: true });
}

/** The API, which serves the page too, at `/`. */
export const API = process.env.BROWSER_TEST_API ?? '';
/** The page on an origin of its own, one that the API allows. */
export const WEBSITE = process.env.BROWSER_TEST_WEBSITE ?? '';
/** The React example's origins, by how tokens are sent there. */
export const REACT_WEBSITES: Readonly<Record<TransferMethod, string>> = {
  cookie: process.env.BROWSER_TEST_REACT_COOKIE ?? '',
  header: process.env.BROWSER_TEST_REACT_HEADER ?? '',
};
/** An origin that the API allows, for a website that a test starts. */
export const RENDERER = process.env.BROWSER_TEST_RENDERER ?? '';
/** The folder of the API's data, as `npm run users -- --data` takes it. */
export const DATA_FOLDER = process.env.BROWSER_TEST_DATA ?? '';

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
