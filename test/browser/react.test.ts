import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from '../fixtures/free-port.ts';
import { faultsOf } from './accessibility.ts';
import { linkMailedTo } from './mails.ts';
import { ReactVisitor } from './react-visitor.ts';
import { startReactWebsite } from './react-website.ts';
import { API, DATA_FOLDER, REACT_WEBSITES, useBrowser } from './stage.ts';

const chromium = useBrowser();

/** Gives a role as an operator does, while the API runs. */
async function giveRole(userId: string, role: string): Promise<void> {
  const action = ['roles', userId, '--create', '--add', role, '--data', DATA_FOLDER];
  await promisify(execFile)(process.execPath, ['lib/tools/operator/users.ts', ...action]);
}

describe.each(['cookie', 'header'] as const)("SuperTokens' pages for React, with tokens in a %s", (transfer) => {
  const open = () => ReactVisitor.open(chromium.context, REACT_WEBSITES[transfer]);

  test('a user signs up, confirms the e-mail, signs out and in again, and gets a role', async () => {
    const me = await open();
    await me.signUp('correct horse 1');
    await me.confirmEmail();
    const userId = await me.account('User');
    expect(await me.account('Roles')).toBe('none');
    await giveRole(userId, 'editor');

    await me.signOut();
    await me.signIn('wrong horse 1');
    await me.sees('Incorrect email and password combination');
    await me.signIn('correct horse 1');
    expect(await me.account('User')).toBe(userId);
    expect(await me.account('Roles')).toBe('editor');
    expect(me.complaints).toEqual([]);
    expect(me.failures()).toEqual([]);
  });

  test('an access token that expires is refreshed without the user noticing', async () => {
    const me = await open();
    await me.signUp('correct horse 1');
    await me.confirmEmail();
    const session = await me.account('Session');
    const refreshes = () => me.calls.filter(({ route, status }) => route === REFRESH && status === 200).length;
    const before = refreshes();
    // Access tokens last four seconds here.
    while (refreshes() === before) {
      await me.page.waitForTimeout(500);
      await me.press('Call the API again');
    }
    await me.page.reload();
    expect(await me.account('Session')).toBe(session);
    const cookies = await chromium.context.cookies(`${API}/auth/session/refresh`);
    const hidden = cookies.filter(({ httpOnly }) => httpOnly).map(({ name }) => name);
    expect(hidden.toSorted()).toEqual(transfer === 'cookie' ? ['sAccessToken', 'sRefreshToken'] : []);
    expect(me.complaints).toEqual([]);
    expect(me.failures()).toEqual([]);
  });

  test('a user who has forgotten the password gets a link, chooses another, and signs in', async () => {
    const me = await open();
    await me.signUp('correct horse 1');
    await me.confirmEmail();
    const userId = await me.account('User');
    await me.signOut();

    await me.fill('email', me.email);
    await me.press('CONTINUE');
    await me.choose('Forgot password?');
    await me.fill('email', me.email);
    await me.press('Email me');
    await me.page.goto(await linkMailedTo(me.email, `${me.website}/auth/reset-password`));
    await me.fill('password', 'battery staple 2');
    await me.fill('confirm-password', 'battery staple 2');
    await me.press('CHANGE PASSWORD');
    await me.sees('Success!');
    await me.press('SIGN IN');

    await me.signIn('correct horse 1');
    await me.sees('Incorrect email and password combination');
    await me.signIn('battery staple 2');
    expect(await me.account('User')).toBe(userId);
    expect(me.complaints).toEqual([]);
    expect(me.failures()).toEqual([]);
  });

  test('a form that is wrong says why at its fields', async () => {
    const me = await open();
    await me.signUp('short');
    await me.sees('Password must contain at least 8 characters, including a number');
    expect(me.complaints).toEqual([]);
  });
});

test('a user who signs out everywhere on one device is sent to the sign-in page on the other', async () => {
  const me = await ReactVisitor.open(chromium.context, REACT_WEBSITES.cookie);
  await me.signUp('correct horse 1');
  await me.confirmEmail();
  await me.account('User');
  const elsewhere = await chromium.browser.newContext();
  const other = await ReactVisitor.open(elsewhere, REACT_WEBSITES.header);
  await other.signIn('correct horse 1', me.email);
  await other.account('User');
  await other.page.evaluate((api) => fetch(`${api}/signout-everywhere`, { method: 'POST' }), API);
  await elsewhere.close();

  const isSignedIn = () => me.page.getByRole('heading', { name: 'Your account' }).isVisible();
  // The page keeps its access token until it expires, after four seconds here.
  while (await isSignedIn()) {
    const again = me.page.getByRole('button', { name: 'Call the API again' });
    // The page may be gone by now.
    await again.click({ timeout: 3000 }).catch(() => undefined);
    await me.page.waitForTimeout(500);
  }
  await me.page.locator('input[name="email"]').waitFor();
  expect(new URL(me.page.url()).pathname).toBe('/auth/');
});

test.each([
  ['/sessioninfo', 'Call the API again'],
  ['/auth/signout', 'Sign out'],
])('a user whose request to %s fails reads why, until a request succeeds', async (path, button) => {
  const context = await chromium.browser.newContext({ viewport: { width: 320, height: 640 } });
  const me = await ReactVisitor.open(context, REACT_WEBSITES.cookie);
  await me.signUp('correct horse 1');
  await me.confirmEmail();
  await me.account('User');
  expect(await faultsOf(me.page)).toEqual([]);
  await me.page.route(`${API}${path}`, (route) => route.abort());
  await me.press(button);
  const alert = me.page.getByRole('alert');
  await alert.waitFor();
  expect(await faultsOf(me.page)).toEqual([]);
  await me.page.unroute(`${API}${path}`);
  await me.press('Call the API again');
  await alert.waitFor({ state: 'detached' });
  expect(me.complaints).toEqual([]);
  await context.close();
});

test("SuperTokens' pages show why the API rejects a request", async () => {
  const me = await ReactVisitor.open(chromium.context, `${REACT_WEBSITES.cookie}/auth/reset-password`);
  const askForMail = async () => {
    await me.fill('email', me.email);
    await me.press('Email me');
  };
  await askForMail();
  await me.sees(/A password reset email has been sent/);
  await me.page.reload();
  await askForMail();
  await me.sees('Too many attempts. Please try again later.');
});

const REFRESH = 'POST /auth/session/refresh';

test('a visitor of a website whose API does not run reads what to check, not an empty page', async () => {
  const apiDomain = `http://localhost:${await freePort()}`;
  const website = await startReactWebsite({ host: 'localhost', transfer: 'cookie', apiDomain });
  const page = await chromium.context.newPage();
  try {
    await page.goto(website.origin);
    const alert = await page.getByRole('alert').textContent();
    expect(alert).toMatch(new RegExp(`Does the API at ${apiDomain} run, and does it allow ${website.origin}\\?$`));
  } finally {
    await page.close();
    await website.stop();
  }
});
