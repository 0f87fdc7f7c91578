import { mkdir } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { faultsOf } from './accessibility.ts';
import { API, useBrowser } from './stage.ts';
import { Visitor } from './visitor.ts';

/** Where the screenshots are kept after the run. */
const FOLDER = '.build/browser';
const PHONE = { width: 360, height: 740 };
/** The narrowest that WCAG 1.4.10 asks for: a window of 1280 px at 400 %. */
const NARROW = { width: 320, height: 640 };
const DESKTOP = { width: 1280, height: 900 };

const chromium = useBrowser();
beforeAll(() => mkdir(FOLDER, { recursive: true }));

async function open(options: BrowserContextOptions): Promise<Visitor> {
  const context = await chromium.browser.newContext({ reducedMotion: 'reduce', ...options });
  const me = await Visitor.open(context, `${API}/`);
  await me.button('Sign up').waitFor();
  return me;
}

async function keep(page: Page, name: string): Promise<void> {
  // Where what sticks to the top of the window is in its place.
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true });
}

describe.each([
  ['light', DESKTOP],
  ['dark', DESKTOP],
  ['light', PHONE],
  ['dark', PHONE],
  ['light', NARROW],
] as const)('in %s, on a screen of %o', (colorScheme, viewport) => {
  test('everything has a name, a size, and contrast, and nothing scrolls sideways', async () => {
    const me = await open({ colorScheme, viewport });
    const name = `${colorScheme}-${viewport.width}`;
    await keep(me.page, `${name}-signed-out`);
    expect(await faultsOf(me.page)).toEqual([]);
    await me.signUp();
    await me.callProtectedRoute();
    await me.untilExpired();
    expect(await faultsOf(me.page)).toEqual([]);
    await me.press('Call the API');
    await me.hears('The access token had expired');
    await keep(me.page, `${name}-signed-in`);
    await me.page.getByText('Claims of the access token').click();
    await me.press('Replay it');
    await me.page.getByText('Steal one first.').waitFor();
    expect(await faultsOf(me.page)).toEqual([]);
    await me.page.context().close();
  });
});

test('the keyboard reaches every control, in the order in which they stand, and shows where it is', async () => {
  const me = await open({ viewport: DESKTOP });
  await me.signUp();
  const { page } = me;
  const controls = await page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, summary, [tabindex="0"]')];
    all[0]?.focus();
    return all.filter((element) => element.checkVisibility()).map(({ id, textContent }) => id || textContent.trim());
  });
  const reached: string[] = [];
  for (const _ of controls) {
    const [focused = '', outline] = await page.evaluate(() => {
      const { id, textContent } = document.activeElement ?? document.body;
      return [id || textContent?.trim(), getComputedStyle(document.activeElement ?? document.body).outlineWidth];
    });
    expect([focused, outline]).toEqual([focused, '3px']);
    reached.push(focused);
    await page.keyboard.press('Tab');
  }
  expect(reached).toEqual(controls);
  await page.context().close();
});

test('what the keyboard reaches is not below what sticks to the top of the window', async () => {
  const me = await open({ viewport: NARROW });
  await me.signUp();
  const { page } = me;
  await page.getByRole('button', { name: 'Clear' }).focus();
  const covered: string[] = [];
  for (let id = ''; id !== 'transfer-header'; ) {
    await page.keyboard.press('Shift+Tab');
    const [focused, overlap] = await page.evaluate(() => {
      const element = document.activeElement ?? document.body;
      const below = document.getElementById('outcome')?.getBoundingClientRect();
      const { top, bottom } = element.getBoundingClientRect();
      return [element.id || element.textContent, below && top < below.bottom && bottom > below.top] as const;
    });
    id = String(focused);
    if (overlap) covered.push(id);
  }
  expect(covered).toEqual([]);
  await page.context().close();
});

test('in forced colours, too, it shows how tokens travel', async () => {
  const me = await open({ viewport: DESKTOP, forcedColors: 'active' });
  const [pressed, other, selected] = await me.page.evaluate(() => {
    const sample = Object.assign(document.createElement('p'), { id: 'sample' });
    sample.style.cssText = 'forced-color-adjust: none; background: SelectedItem';
    document.body.append(sample);
    return ['transfer-cookie', 'transfer-header', 'sample'].map(
      (id) => getComputedStyle(document.getElementById(id) ?? document.body).backgroundColor,
    );
  });
  expect(pressed).toBe(selected);
  expect(other).not.toBe(selected);
  await me.page.context().close();
});

test('the audit sees what is wrong', async () => {
  const page = await chromium.browser.newPage({ viewport: PHONE });
  await page.setContent(`<!doctype html><h1>Title</h1><h3>Below</h3><p style="color: #999; background: white">Faint</p><button></button>
    <input aria-describedby="nobody"><div style="width: 500px" id="a">Wide</div><div id="a"></div>`);
  const faults = (await faultsOf(page)).map((fault) => fault.replace(/:.*/s, ''));
  expect(new Set(faults)).toEqual(
    new Set([
      'has no name',
      'refers to nothing',
      'is a small target',
      'is there twice',
      'leaves a level out',
      'lacks contrast',
      'has no language',
      'has no title',
      'scrolls sideways',
    ]),
  );
  await page.close();
});
