import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { isOfWebsite, snippetsOf } from '../fixtures/markdown.ts';
import { API, useBrowser, WEBSITE } from './stage.ts';
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
let script: string;

beforeAll(async () => {
  const text = snippetsOf('README.md').find((snippet) => isOfWebsite(snippet.text))?.text ?? '';
  expect(text).toContain("'http://localhost:3001'");
  const { outputFiles } = await build({
    stdin: { contents: text.replace('http://localhost:3001', API), loader: 'ts', resolveDir: process.cwd() },
    bundle: true,
    format: 'iife',
    globalName: 'frontend',
    write: false,
  });
  script = outputFiles[0]?.text ?? '';
});

/** A page of the website, with nothing on it but the README's code. */
async function openWebsite(): Promise<Page> {
  const page = await chromium.context.newPage();
  await page.goto(WEBSITE + EMPTY_PAGE);
  await page.addScriptTag({ content: script });
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

test("the README's code for a website signs up, refreshes, signs out and signs in again", async () => {
  const page = await openWebsite();
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
});
