import { randomInt } from 'node:crypto';
import { codeSentTo, linkMailedTo } from './mails.ts';
import { ReactVisitor } from './react-visitor.ts';
import { REACT_WEBSITES, useBrowser } from './stage.ts';

const chromium = useBrowser();

describe.each(['cookie', 'header'] as const)("SuperTokens' pages for React, with tokens in a %s", (transfer) => {
  const open = () => ReactVisitor.open(chromium.context, REACT_WEBSITES[transfer]);

  test('a user cancels at the provider, then signs in, and is the same user the next time', async () => {
    const me = await open();
    await me.signInWithProvider('Cancel');
    await me.sees('Something went wrong. Please try again.');
    await me.signInWithProvider('ann@example.com');
    const userId = await me.account('User');
    await me.signOut();
    await me.signInWithProvider('ann@example.com');
    expect(await me.account('User')).toBe(userId);
    expect(me.complaints).toEqual([]);
    expect(me.failures()).toEqual([]);
  });

  test('a user signs in by a code from a mail, and the next time by the link', async () => {
    const me = await open();
    await me.fill('email', me.email);
    await me.press('CONTINUE');
    await me.choose('Continue with passwordless');
    const code = await codeSentTo(me.email);
    await me.enterCode(code === '000000' ? '111111' : '000000');
    await me.sees('Invalid OTP');
    await me.enterCode(code);
    const userId = await me.account('User');

    await me.signOut();
    await me.fill('email', me.email);
    const first = await linkMailedTo(me.email, `${me.website}/auth/verify`);
    await me.press('CONTINUE');
    await me.sees('Enter OTP');
    const second = await linkMailedTo(me.email, `${me.website}/auth/verify`);
    expect(second).not.toBe(first);
    await me.page.goto(second);
    expect(await me.account('User')).toBe(userId);
    expect(me.complaints).toEqual([]);
    expect(me.failures()).toEqual([]);
  });
});

test('a user whose e-mail the provider has not verified confirms it by mail', async () => {
  const me = await ReactVisitor.open(chromium.context, REACT_WEBSITES.cookie);
  await me.signInWithProvider('eve@example.com');
  await me.confirmEmail('eve@example.com');
  expect(await me.account('Roles')).toBe('none');
  expect(me.failures()).toEqual([]);
});

test('a user signs in by a code in a text message', async () => {
  const me = await ReactVisitor.open(chromium.context, REACT_WEBSITES.cookie);
  const phoneNumber = `+1650555${randomInt(1000, 10_000)}`;
  await me.choose('Use a Phone number');
  await me.page.locator('input[type="tel"]').fill(phoneNumber);
  await me.press('CONTINUE');
  await me.enterCode(await codeSentTo(phoneNumber));
  expect(await me.account('Roles')).toBe('none');
  expect(me.failures()).toEqual([]);
});
