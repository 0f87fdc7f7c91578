import { Client, type TransferMethod } from '../fixtures/client.ts';
import { credentials } from '../fixtures/log-in.ts';
import { hasExample } from '../fixtures/own-service.ts';
import { API, useBrowser, WEBSITE } from './stage.ts';
import { REFRESH, Visitor } from './visitor.ts';

const chromium = useBrowser();

const open = (transfer: TransferMethod, page = `${API}/`) => Visitor.open(chromium.context, page, transfer);

/** What a thief at the machine copies: in cookie mode out of developer tools, in header mode by the page's own button. */
async function steal(visitor: Visitor, transfer: TransferMethod): Promise<string> {
  const field = visitor.page.getByLabel('A stolen refresh token');
  const cookies = await chromium.context.cookies(`${API}/auth/session/refresh`);
  const named = (name: string): string => cookies.find((cookie) => cookie.name === name)?.value ?? '';
  if (transfer === 'header') {
    await visitor.press("Take it from the SDK's storage");
    expect(await field.inputValue()).toBe(named('st-refresh-token'));
    return named('st-refresh-token');
  }
  expect(await visitor.button("Take it from the SDK's storage").isVisible()).toBe(false);
  expect(await visitor.page.evaluate(() => document.cookie)).not.toContain('RefreshToken');
  expect(await visitor.page.locator('#stolen-help').innerText()).toContain(
    'On a phone, which has no such tools, choose “Headers”',
  );
  await field.fill(named('sRefreshToken'));
  return decodeURIComponent(named('sRefreshToken'));
}

async function seeClaims({ page }: Visitor): Promise<void> {
  await page.getByText('Claims of the access token').click();
  const userId = (await page.locator('#user-id').textContent()) ?? '';
  expect(await page.locator('#claims').textContent()).toContain(`subthe user${userId}`);
}

/** What the timer says from now on, whenever that changes. */
const timerOf = ({ page }: Visitor) =>
  page.evaluateHandle(() => {
    const timer = document.getElementById('left') ?? document.body;
    const texts = [timer.textContent];
    new MutationObserver(() => texts.push(timer.textContent)).observe(timer, { childList: true });
    return texts;
  });

async function seeItExpireAndRefresh(me: Visitor): Promise<void> {
  const timer = await timerOf(me);
  await me.press('Refresh now');
  await me.hears('Refreshed');
  await me.untilExpired();
  // How many seconds are seen depends on how long the refresh takes.
  expect((await timer.jsonValue()).join(' ')).toMatch(/0:0[0-4] (0:0[0-3] )*expired$/);
  expect(await me.log(1)).toEqual([{ actor: 'clock', request: '' }]);
  await me.press('Call the API');
  await me.hears('The access token had expired: the SDK refreshed it. The API knows you.');
  expect(await me.log(3)).toEqual([
    { actor: 'you', request: 'GET /sessioninfo 200' },
    { actor: 'SDK', request: `${REFRESH} 200` },
    { actor: 'you', request: 'GET /sessioninfo 401' },
  ]);
}

async function revokeAnother(me: Visitor): Promise<void> {
  const phone = new Client(API, 'header');
  await phone.post('/auth/signin', credentials(me.email));
  await me.press('Reload');
  await me.devices().nth(1).waitFor();
  await me.press(/^Revoke node/);
  await me.hears('Revoked: node.');
  expect(await me.devices().count()).toBe(1);
  expect((await phone.refresh()).body).toEqual({ code: 'unauthorised', message: 'unauthorised' });
}

async function haveAThiefCaught(me: Visitor, transfer: TransferMethod): Promise<void> {
  const stolen = await steal(me, transfer);
  expect(stolen).toMatch(/\.V2$/);
  await me.press('Replay it');
  await me.hears('Theft caught: the thief was answered 401 “token theft detected”. Your own session was ended too');
  const lines = await me.wholeLog();
  const theft = lines.findIndex(({ actor }) => actor === 'thief');
  expect(lines.slice(0, theft)).toContainEqual({ actor: 'you', request: 'GET /sessions 401' });
  expect(lines.slice(theft, theft + 22)).toEqual([
    { actor: 'thief', request: `${REFRESH} 401` },
    ...Array.from({ length: 21 }, () => ({ actor: 'SDK', request: `${REFRESH} 200` })),
  ]);
  const told = await me.page.evaluate(() => JSON.stringify(sessionStorage) + document.body.textContent);
  expect(told).toContain('POST /auth/signup');
  expect(told).not.toContain(stolen.slice(0, 20));
  await me.page.getByRole('heading', { name: 'Who are you?' }).waitFor();
}

async function logInAgain(me: Visitor): Promise<void> {
  await me.fillIn('not the password 1');
  await me.press('Sign in');
  await me.hears('Wrong e-mail or password');
  await me.fillIn();
  await me.press('Sign in');
  await me.hears('Signed in');
  await me.page.locator('#session-title:focus').waitFor();
}

async function signOut(me: Visitor): Promise<void> {
  await me.press('Sign out');
  await me.hears('Signed out');
  // The list of devices, which the page loads at log-in, may come after that.
  expect(await me.log(2)).toContainEqual({ actor: 'you', request: 'POST /auth/signout 200' });
  const names = (await chromium.context.cookies()).map(({ name }) => name);
  expect(names.filter((name) => /^(sAccess|sRefresh|sFront|st-access-|st-refresh-)token$/i.test(name))).toEqual([]);
}

describe.each([
  ['cookie', "the API's own page", `${API}/`],
  ['header', "the API's own page", `${API}/`],
  // By CORS: reading and ending sessions, and the thief's Authorization, have preflights of their own.
  ['cookie', 'a website on another origin', WEBSITE],
  ['header', 'a website on another origin', WEBSITE],
] as const)('with tokens in a %s, on %s', (transfer, _where, page) => {
  test('sign up, call a route, expire, refresh, revoke another device, have a thief caught, log in again, sign out', async () => {
    const me = await open(transfer, page);
    await me.signUp();
    await seeClaims(me);
    await me.callProtectedRoute();
    if (hasExample) await me.page.getByText('Yours counts once').waitFor();
    await seeItExpireAndRefresh(me);
    await revokeAnother(me);
    await haveAThiefCaught(me, transfer);
    await logInAgain(me);
    await signOut(me);
    expect(me.complaints).toEqual([]);
  });
});

test('another way for the tokens signs out, and every tab follows', async () => {
  const me = await open('cookie');
  await me.signUp();
  const other = await Visitor.open(chromium.context, `${API}/`);
  await other.devices().first().waitFor();
  await me.choose('header');
  expect((await me.wholeLog()).map(({ request }) => request)).toContain('POST /auth/signout 200');
  expect(await me.page.evaluate(() => document.activeElement?.textContent)).toBe('Headers');
  await other.page.getByRole('button', { name: 'Headers', pressed: true }).waitFor();
  await other.button('Sign up').waitFor();
});

test('an example user signs up, signs out everywhere, and clears the log', async () => {
  const me = await open('cookie');
  await me.press('Fill in an example');
  await me.press('Sign up');
  await me.hears('Signed up');
  await me.press('Sign out everywhere');
  await me.hears('Signed out everywhere: 1 session revoked.');
  await me.button('Sign in').waitFor();
  await me.press('Clear');
  expect(await me.wholeLog()).toEqual([]);
});

test('what is wrong with a field stands next to it, and has the focus', async () => {
  const me = await open('cookie');
  await me.page.getByLabel('E-mail', { exact: true }).fill('nobody');
  await me.page.getByLabel('Password', { exact: true }).fill(me.password);
  await me.page.keyboard.press('Enter');
  const email = me.page.getByRole('textbox', { name: 'E-mail' });
  await me.page.locator('#email[aria-invalid=true]').waitFor();
  expect(await me.page.locator('#email-error').textContent()).toMatch(/e-?mail/i);
  expect(await email.evaluate((element) => element === document.activeElement)).toBe(true);
});

test('a token that is none, or of another session, is no theft, and the page says so', async () => {
  const me = await open('header');
  await me.signUp();
  await me.press('Replay it');
  expect(await me.page.locator('#stolen-error').textContent()).toBe('Steal one first.');
  const field = me.page.getByLabel('A stolen refresh token');
  await field.fill('made up');
  await me.press('Replay it');
  await me.hears('No theft of yours: the thief was answered 401 “unauthorised”.');
  const phone = new Client(API, 'header');
  await phone.post('/auth/signin', credentials(me.email));
  await field.fill(phone.token('refresh') ?? '');
  await me.press('Replay it');
  await me.hears('No theft of yours: the thief was answered 200. That token was still good');
  await me.press('Call the API');
  await me.hears('The API knows you');
});
