import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { TransferMethod } from '../fixtures/client.ts';
import { isOfWebsite, snippetsOf } from '../fixtures/markdown.ts';
import { isOwnService } from '../fixtures/own-service.ts';
import { API, REACT_WEBSITES, useBrowser, WEBSITE } from './stage.ts';
import { EMPTY_PAGE } from './website.ts';

/** What the README's code for a website exports. */
interface Frontend {
  signUp(email: string, password: string): Promise<string>;
  signIn(email: string, password: string): Promise<string>;
  sessionInfo(): Promise<{ readonly userId?: string; readonly sessionHandle?: string }>;
  isSignedIn(): Promise<boolean>;
  signOut(): Promise<void>;
}

const chromium = useBrowser();
/** A clone of its own name may have another README. */
const check = isOwnService ? test.skip : test;
const REASON = isOwnService ? ' (skipped: the README of your service is yours)' : '';

/** The README's code, bundled for the API of this test. docs/frontend.md shows how to send tokens in headers. */
async function bundle(transfer: TransferMethod): Promise<string> {
  const text = snippetsOf('README.md').find((snippet) => isOfWebsite(snippet.text))?.text ?? '';
  expect(text).toContain("'http://localhost:3001'");
  const inHeaders = "Session.init({ tokenTransferMethod: 'header' })";
  expect(readFileSync('docs/frontend.md', 'utf8')).toContain(inHeaders);
  const chosen = transfer === 'header' ? text.replace('Session.init()', inHeaders) : text;
  const { outputFiles } = await build({
    stdin: { contents: chosen.replace('http://localhost:3001', API), loader: 'ts', resolveDir: process.cwd() },
    bundle: true,
    format: 'iife',
    globalName: 'frontend',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The React example's website, but with the README's code for React as its only script. */
async function openReactWebsite(): Promise<Page> {
  const text = snippetsOf('README.md').find(({ language }) => language === 'tsx')?.text ?? '';
  expect(text).toContain("'http://localhost:3001'");
  const { outputFiles } = await build({
    stdin: { contents: text.replace('http://localhost:3001', API), loader: 'tsx', resolveDir: process.cwd() },
    bundle: true,
    jsx: 'automatic',
    write: false,
  });
  const page = await chromium.context.newPage();
  await page.route('**/main.js', (route) =>
    route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: outputFiles[0]?.text ?? '' }),
  );
  await page.goto(REACT_WEBSITES.cookie);
  return page;
}

/** A page of the website, with nothing on it but the README's code. */
async function openWebsite(transfer: TransferMethod): Promise<Page> {
  const page = await chromium.context.newPage();
  await page.goto(WEBSITE + EMPTY_PAGE);
  await page.addScriptTag({ content: await bundle(transfer) });
  return page;
}

const call = <Name extends keyof Frontend>(page: Page, name: Name, ...values: Parameters<Frontend[Name]>) =>
  page.evaluate(
    ([member, args]) => {
      const { frontend } = globalThis as unknown as { frontend: Record<string, (...all: unknown[]) => unknown> };
      return frontend[member as string]?.(...(args as unknown[]));
    },
    [name, values] as const,
  ) as ReturnType<Frontend[Name]>;

check.each(['cookie', 'header'] as const)(
  `the README's code signs up, refreshes, signs out and signs in again, with tokens in a %s${REASON}`,
  async (transfer) => {
    const page = await openWebsite(transfer);
    let refreshes = 0;
    page.on('response', (response) => {
      if (response.url() === `${API}/auth/session/refresh` && response.status() === 200) refreshes += 1;
    });
    const email = `${crypto.randomUUID()}@example.com`;
    expect(await call(page, 'isSignedIn')).toBe(false);
    expect(await call(page, 'signUp', email, 'short')).toMatch(/Password must contain at least 8 characters/);
    expect(await call(page, 'signUp', email, 'correct horse 1')).toBe('Signed up');

    const { userId, sessionHandle } = await call(page, 'sessionInfo');
    expect(userId).toMatch(/^[0-9a-f-]{36}$/);
    // Access tokens last four seconds here.
    while (refreshes === 0) {
      await page.waitForTimeout(500);
      expect(await call(page, 'sessionInfo')).toMatchObject({ userId, sessionHandle });
    }

    await call(page, 'signOut');
    expect(await call(page, 'isSignedIn')).toBe(false);
    expect(await call(page, 'signIn', email, 'wrong horse 1')).toBe('Wrong e-mail or password');
    expect(await call(page, 'signIn', email, 'correct horse 1')).toBe('Signed in');
    expect((await call(page, 'sessionInfo')).userId).toBe(userId);
    const cookies = await chromium.context.cookies(`${API}/sessioninfo`);
    const access = cookies.find(({ name }) => name === 'sAccessToken');
    expect(access?.httpOnly).toBe(transfer === 'cookie' ? true : undefined);
  },
);

check(
  `the README's code for React sends a visitor to SuperTokens' pages, and shows its own to a user who has signed up${REASON}`,
  async () => {
    const page = await openReactWebsite();
    await page.getByText('Sign Up', { exact: true }).click();
    await page.locator('input[name="email"]').fill(`${crypto.randomUUID()}@example.com`);
    await page.locator('input[name="password"]').fill('correct horse 1');
    await page.getByRole('button', { name: 'SIGN UP' }).click();
    await page.getByText('You are signed in.').waitFor();
    expect(page.url()).toBe(`${REACT_WEBSITES.cookie}/`);
  },
);

check(
  `a server-side renderer calls the API with the cookies of the browser, and gets 401 without them${REASON}`,
  async () => {
    const page = await openWebsite('cookie');
    await call(page, 'signUp', `${crypto.randomUUID()}@example.com`, 'correct horse 1');
    const { userId } = await call(page, 'sessionInfo');
    const cookies = await chromium.context.cookies(WEBSITE);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect(cookie).not.toContain('sRefreshToken');
    const rendered = await fetch(`${API}/sessioninfo`, { headers: { cookie } });
    expect([rendered.status, await rendered.json()]).toMatchObject([200, { userId }]);
    expect((await fetch(`${API}/sessioninfo`)).status).toBe(401);
  },
);

check(`a request gets a 401 when the session is over, and the user is signed out${REASON}`, async () => {
  const page = await openWebsite('cookie');
  await call(page, 'signUp', `${crypto.randomUUID()}@example.com`, 'correct horse 1');
  const { sessionHandle } = await call(page, 'sessionInfo');
  await chromium.context.clearCookies({ name: 'sRefreshToken' });
  let answer = await call(page, 'sessionInfo');
  while (answer.sessionHandle === sessionHandle) {
    await page.waitForTimeout(500);
    answer = await call(page, 'sessionInfo');
  }
  expect(answer).toMatchObject({ message: expect.stringMatching(/^(unauthorised|try refresh token)$/) });
  expect(await call(page, 'isSignedIn')).toBe(false);
});
