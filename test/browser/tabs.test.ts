import type { BrowserContext } from 'playwright-core';
import { API, useBrowser } from './stage.ts';
import { REFRESH, Visitor } from './visitor.ts';

const chromium = useBrowser();

describe.each(['cookie', 'header'] as const)('with tokens in a %s', (transfer) => {
  test('two tabs that refresh at once share one refresh, and both continue', async () => {
    const one = await Visitor.open(chromium.context, `${API}/`, transfer);
    await one.signUp();
    const other = await Visitor.open(chromium.context, `${API}/`);
    await other.devices().first().waitFor();
    await Promise.all([one.untilExpired(), other.untilExpired()]);
    const requests: string[] = [];
    chromium.context.on('request', (request) =>
      requests.push(`${request.method()} ${new URL(request.url()).pathname}`),
    );
    await Promise.all([one.press('Call the API'), other.press('Call the API')]);
    await Promise.all([one.hears('The API knows you'), other.hears('The API knows you')]);
    expect(requests.filter((request) => request === REFRESH)).toHaveLength(1);
    await Promise.all([one.callProtectedRoute(), other.callProtectedRoute()]);
  });

  test('two browsers with one session refresh at once, get the same successor, and both continue', async () => {
    const one = await Visitor.open(chromium.context, `${API}/`, transfer);
    await one.signUp();
    const elsewhere = await chromium.browser.newContext({ storageState: await chromium.context.storageState() });
    const other = await Visitor.open(elsewhere, `${API}/`);
    await other.devices().first().waitFor();
    // One may have been refreshed since: both begin with the same tokens.
    await elsewhere.addCookies(await chromium.context.cookies());
    await Promise.all([one.press('Refresh now'), other.press('Refresh now')]);
    await Promise.all([one.hears('Refreshed'), other.hears('Refreshed')]);
    const tokenIn = async (there: BrowserContext) =>
      (await there.cookies(`${API}/auth/session/refresh`)).find(({ name }) => /^(sR|st-r)efresh-?token$/i.test(name))
        ?.value;
    expect(await tokenIn(elsewhere)).toBe(await tokenIn(chromium.context));
    await Promise.all([one.callProtectedRoute(), other.callProtectedRoute()]);
    await elsewhere.close();
  });
});
