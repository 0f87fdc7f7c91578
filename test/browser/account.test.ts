import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasExample } from '../fixtures/own-service.ts';
import { linkMailedTo } from './mails.ts';
import { API, DATA_FOLDER, useBrowser, WEBSITE } from './stage.ts';
import { Visitor } from './visitor.ts';

const chromium = useBrowser();
const NEW_PASSWORD = 'battery staple 2';

type OpenLink = (me: Visitor, path: string, subject: RegExp) => Promise<void>;

/** By the page's own mailbox. Its links lead to the same page. */
const byMailbox: OpenLink = async (me, _path, subject) => {
  const mail = me.page.locator('#mails > li').filter({ hasText: me.email }).filter({ hasText: subject });
  await mail.first().getByRole('button').click();
};
/** As the mail has it: the link leads to the website. */
const asMailed: OpenLink = async (me, path) => {
  await me.page.goto(await linkMailedTo(me.email, `${WEBSITE}/auth/${path}`));
};

async function verifyEmail(me: Visitor, openLink: OpenLink): Promise<void> {
  expect(await me.page.locator('#verified').textContent()).toBe('not verified');
  await me.press('Send a verification mail');
  await me.hears('The verification mail is sent');
  await openLink(me, 'verify-email', /confirm|verify/i);
  await me.hears('Your e-mail is verified.');
  await me.page.locator('#verified', { hasText: /^verified$/ }).waitFor();
  expect(new URL(me.page.url()).search).toBe('');
  expect(await me.button('Send a verification mail').isVisible()).toBe(false);
}

async function becomeAdmin(me: Visitor): Promise<void> {
  if (hasExample) await askForReport(me, 'The report needs the role admin');
  const command = (await me.page.locator('#role-command').textContent()) ?? '';
  const [, options = ''] = /^npm run users -- (roles [\w-]+ --add admin --create)$/.exec(command) ?? [];
  const script = ['lib/tools/operator/users.ts', ...options.split(' '), '--data', DATA_FOLDER];
  await promisify(execFile)(process.execPath, script);
  await me.press('Sign out');
  await me.hears('Signed out');
  await me.fillIn();
  await me.press('Sign in');
  await me.hears('Signed in');
  await me.page.locator('#roles', { hasText: /^admin$/ }).waitFor();
  if (hasExample) await askForReport(me, 'your access token has the role admin');
}

async function askForReport(me: Visitor, outcome: string): Promise<void> {
  await me.press('Ask for the admin report');
  await me.hears(outcome);
}

async function replaceForgottenPassword(me: Visitor, openLink: OpenLink): Promise<void> {
  await me.press('Sign out');
  await me.hears('Signed out');
  await me.page.getByLabel('E-mail', { exact: true }).fill(me.email);
  await me.press('Forgot the password?');
  await me.hears('a mail with a link is sent');
  await openLink(me, 'reset-password', /password/i);
  const field = me.page.getByLabel('New password', { exact: true });
  await field.fill('short');
  await me.press('Change the password');
  await me.page.locator('#new-password[aria-invalid=true]').waitFor();
  expect(await me.page.locator('#new-password-error').textContent()).toMatch(/at least 8 characters/);
  await field.fill(NEW_PASSWORD);
  await me.press('Change the password');
  await me.hears('Your password is changed');
  await me.fillIn();
  await me.press('Sign in');
  await me.hears('Wrong e-mail or password');
  await me.fillIn(NEW_PASSWORD);
  await me.press('Sign in');
  await me.hears('Signed in');
}

describe.each([
  ['cookie', "the API's own page", `${API}/`, byMailbox],
  ['header', "the API's own page", `${API}/`, byMailbox],
  ['cookie', 'a website on another origin', WEBSITE, asMailed],
  ['header', 'a website on another origin', WEBSITE, asMailed],
] as const)('with tokens in a %s, on %s', (transfer, _where, page, openLink) => {
  test('a user verifies the e-mail, gets a role, and replaces a forgotten password', async () => {
    const me = await Visitor.open(chromium.context, page, transfer);
    await me.signUp();
    await verifyEmail(me, openLink);
    await becomeAdmin(me);
    await replaceForgottenPassword(me, openLink);
    expect(me.complaints).toEqual([]);
  });
});

test('a link that has been used says so, and changes nothing', async () => {
  const me = await Visitor.open(chromium.context, WEBSITE, 'cookie');
  await me.signUp();
  await me.press('Send a verification mail');
  const link = await linkMailedTo(me.email, `${WEBSITE}/auth/verify-email`);
  for (const outcome of ['Your e-mail is verified.', 'This link has been used already, or has expired.']) {
    await me.page.goto(link);
    await me.hears(outcome);
  }
});

test("the mailbox is only on the API's own page", async () => {
  const own = await Visitor.open(chromium.context, `${API}/`);
  await own.button('Reload mails').waitFor();
  const other = await Visitor.open(chromium.context, WEBSITE);
  await other.button('Sign up').waitFor();
  expect(await other.button('Reload mails').isVisible()).toBe(false);
});
