import { randomInt } from 'node:crypto';
import type { TransferMethod } from '../fixtures/client.ts';
import { codeSentTo, linkMailedTo } from './mails.ts';
import { API, useBrowser, WEBSITE } from './stage.ts';
import { Visitor } from './visitor.ts';

const chromium = useBrowser();

const open = (transfer: TransferMethod, page = `${API}/`) => Visitor.open(chromium.context, page, transfer);
const requestsOf = async (me: Visitor) => (await me.wholeLog()).map(({ request }) => request);

/** Goes to the provider, and waits for its page. @returns the address that the browser was sent to */
async function goToProvider(me: Visitor): Promise<URL> {
  const sent = me.page.waitForRequest(
    (request) => new URL(request.url()).pathname === '/auth' && request.isNavigationRequest(),
  );
  await me.press('Sign in with Local provider');
  const url = new URL((await sent).url());
  await me.page.getByRole('heading', { name: 'Local sign-in provider' }).waitFor();
  return url;
}

/** Presses a button on the provider's page. @returns where the browser came back to, with the provider's answer */
async function choose(me: Visitor, button: string | RegExp): Promise<URL> {
  const back = me.page.waitForRequest(
    (request) =>
      request.isNavigationRequest() &&
      new URL(request.url()).searchParams.has('state') &&
      !request.url().includes('/auth?'),
  );
  await me.press(button);
  return new URL((await back).url());
}

describe.each([
  ['cookie', "the API's own page", `${API}/`],
  ['header', 'a website on another origin', `${WEBSITE}/`],
] as const)('with tokens in a %s, on %s', (transfer, _where, page) => {
  test('a user signs in with a provider, by state, PKCE and nonce', async () => {
    const me = await open(transfer, page);
    const { searchParams: asked } = await goToProvider(me);
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toBeTruthy();
    expect([asked.get('code_challenge_method'), asked.get('redirect_uri')]).toEqual(['S256', page]);
    const back = await choose(me, 'ben@example.com');
    expect(back.searchParams.get('state')).toBe(asked.get('state'));
    await me.hears('igned in.');
    await me.devices().first().waitFor();
    expect(me.page.url()).toBe(page);
    expect(await requestsOf(me)).toContain('POST /auth/signinup 200');
    await me.page.reload();
    await me.devices().first().waitFor();
    expect((await requestsOf(me)).filter((request) => request.startsWith('POST /auth/signinup'))).toHaveLength(1);
    await me.press('Sign out');
    await me.hears('Signed out');
    expect(me.complaints).toEqual([]);
  });

  test.each([
    [/^Cancel/, 'The sign-in was cancelled.'],
    [/^Fail/, 'The provider reports server_error.'],
  ])('the button %s at the provider leaves the user signed out, and the page says why', async (button, outcome) => {
    const me = await open(transfer, page);
    await goToProvider(me);
    await choose(me, button);
    await me.hears(outcome);
    expect(me.page.url()).toBe(page);
    expect((await requestsOf(me)).filter((request) => request.startsWith('POST /auth/signinup'))).toEqual([]);
    expect(await me.button('Sign up').isVisible()).toBe(true);
  });
});

test('a code that was used before does not sign anyone in', async () => {
  const me = await open('cookie');
  await goToProvider(me);
  const used = (await choose(me, 'ben@example.com')).searchParams.get('code');
  await me.hears('igned in.');
  await me.press('Sign out');
  await me.hears('Signed out');
  const state = (await goToProvider(me)).searchParams.get('state');
  await me.page.goto(`${API}/?${new URLSearchParams({ code: used ?? '', state: state ?? '' })}`);
  await me.hears('The API answered 400: The provider does not accept this sign-in any more');
  expect(await me.button('Sign up').isVisible()).toBe(true);
});

test("a code that comes with another browser's state is not sent to the API", async () => {
  const me = await open('cookie');
  await goToProvider(me);
  await me.page.goto(`${API}/?${new URLSearchParams({ code: 'slipped in', state: 'of an attacker' })}`);
  await me.page.locator('#outcome[data-kind=bad]').waitFor();
  expect((await requestsOf(me)).filter((request) => request.startsWith('POST /auth/signinup'))).toEqual([]);
  expect(await me.button('Sign up').isVisible()).toBe(true);
});

describe('without a password', () => {
  const sendCode = async (me: Visitor, address: string): Promise<void> => {
    await me.page.getByLabel('Send a code to').fill(address);
    await me.press('Send a code');
    await me.hears('The code is on its way.');
  };
  const enter = async (me: Visitor, code: string): Promise<void> => {
    await me.page.getByLabel('The code').fill(code);
    await me.press('Sign in by the code');
  };
  const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

  test('a user signs up by the code in a mail, after a wrong one', async () => {
    const me = await open('cookie');
    await sendCode(me, me.email);
    const code = await codeSentTo(me.email);
    await enter(me, wrong(code));
    await me.page.getByText('That is not the code. Attempts left: 4.').waitFor();
    // The outcome of an earlier action is not shown with the error.
    expect(await me.page.locator('#outcome').textContent()).toBe('');
    await enter(me, code);
    await me.hears('Signed up, and signed in.');
    await me.devices().first().waitFor();
    expect(me.complaints).toEqual([]);
  });

  test('a user signs up by the code in a text message', async () => {
    const me = await open('header');
    const phoneNumber = `+1650555${randomInt(100, 200).toString().padStart(4, '0')}`;
    await sendCode(me, phoneNumber);
    await enter(me, await codeSentTo(phoneNumber));
    await me.hears('igned in.');
  });

  test('a user signs in by the link in a mail, which works once', async () => {
    const me = await open('header', `${WEBSITE}/`);
    await sendCode(me, me.email);
    const link = await linkMailedTo(me.email, `${WEBSITE}/auth/verify`);
    const inMail = await Visitor.open(chromium.context, link);
    // A mail scanner opens the link, too, and presses nothing.
    await inMail.button('Sign in by the link').waitFor();
    expect((await requestsOf(inMail)).filter((request) => request.startsWith('POST '))).toEqual([]);
    await inMail.press('Sign in by the link');
    await inMail.hears('Signed up, and signed in.');
    await inMail.press('Sign out');
    await inMail.hears('Signed out');
    const again = await Visitor.open(chromium.context, link);
    await again.press('Sign in by the link');
    await again.hears('The code is not valid any more.');
  });

  test('an invalid phone number is rejected next to the field', async () => {
    const me = await open('cookie');
    await me.page.getByLabel('Send a code to').fill('12');
    await me.press('Send a code');
    await me.page.locator('#contact-error').filter({ hasText: 'Phone number is invalid' }).waitFor();
  });
});
