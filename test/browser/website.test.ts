import type { Page } from 'playwright-core';
import { freePort } from '../fixtures/free-port.ts';
import { API, useBrowser, WEBSITE } from './stage.ts';
import { Visitor } from './visitor.ts';
import { startWebsite } from './website.ts';

const chromium = useBrowser();

/** Writes down the paths that the browser asks leave for before it sends a request to another origin. */
async function notePreflights(page: Page, paths: Set<string>): Promise<void> {
  const devTools = await chromium.context.newCDPSession(page);
  devTools.on('Network.requestWillBeSent', ({ request }) => {
    if (request.method === 'OPTIONS') paths.add(new URL(request.url).pathname);
  });
  await devTools.send('Network.enable');
}

describe.each(['cookie', 'header'] as const)('on another origin, with tokens in a %s', (transfer) => {
  test('a website signs up, refreshes, stays logged in over a reload, and signs out, all by CORS', async () => {
    const preflights = new Set<string>();
    const me = await Visitor.open(chromium.context, WEBSITE, transfer, (page) => notePreflights(page, preflights));
    await me.signUp();
    await me.untilExpired();
    await me.press('Call the API');
    await me.hears('The access token had expired: the SDK refreshed it. The API knows you.');
    expect([...preflights]).toEqual(
      expect.arrayContaining(['/auth/signup', '/sessions', '/sessioninfo', '/auth/session/refresh']),
    );

    const cookies = await chromium.context.cookies(`${API}/auth/session/refresh`);
    const ours = cookies
      .filter(({ httpOnly }) => httpOnly)
      .map(({ name, path, sameSite }) => ({ name, path, sameSite }));
    expect(ours).toEqual(
      transfer === 'header'
        ? []
        : expect.arrayContaining([
            { name: 'sAccessToken', path: '/', sameSite: 'Lax' },
            { name: 'sRefreshToken', path: '/auth/session/refresh', sameSite: 'Lax' },
          ]),
    );

    await me.page.reload();
    await me.devices().first().waitFor();
    await me.press('Sign out');
    await me.hears('Signed out');
    expect(me.complaints).toEqual([]);
  });
});

test('an origin that is not the website may send nothing: its preflight fails', async () => {
  const stranger = await startWebsite(await freePort(), API);
  const me = await Visitor.open(chromium.context, stranger.origin);
  await me.fillIn();
  await me.press('Sign up');
  await me.hears('The API did not answer.');
  expect(await me.log(1)).toEqual([{ actor: 'you', request: 'POST /auth/signup no answer' }]);
  await stranger.stop();
});
