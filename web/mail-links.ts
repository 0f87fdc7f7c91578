import EmailPassword from 'supertokens-web-js/recipe/emailpassword';
import EmailVerification from 'supertokens-web-js/recipe/emailverification';
import Session from 'supertokens-web-js/recipe/session';
import { byId } from './dom.ts';
import { formOf } from './form-fields.ts';
import { onSubmit, say } from './outcome.ts';
import { frontToken } from './stored-tokens.ts';

/** The last part of a link's path in a mail. It says what the link is for. */
const KINDS = ['verify-email', 'reset-password'] as const;
type Kind = (typeof KINDS)[number];

const LINK_IS_OVER = 'This link has been used already, or has expired. Ask for another mail.';

/** The address of this page that does what a link in a mail does. The link itself leads to the website's domain. */
export function addressHere(link: string): string | undefined {
  const { pathname, search, hash } = new URL(link);
  // A link to sign in: the page keeps its secret, which is behind the #.
  if (pathname.endsWith('/verify')) return `${location.pathname}${search}${hash}`;
  const kind = kindOf(pathname);
  return kind === undefined ? undefined : `${location.pathname}${search}#${kind}`;
}

/** Does what the link is for that opened this page, if one did: verifies the e-mail, or asks for a new password. */
export async function followLink(): Promise<void> {
  const kind = new URLSearchParams(location.search).has('token')
    ? kindOf(location.hash.slice(1) || location.pathname)
    : undefined;
  if (kind === 'verify-email') await verifyEmail();
  if (kind === 'reset-password') showNewPassword(true);
}

/** Lets the user choose a new password, with the token of a link. Errors of the field are shown next to it. */
export function startNewPasswordForm(): void {
  const password = byId('new-password', HTMLInputElement);
  const form = formOf({ password });
  onSubmit('reset', async () => {
    form.clearErrors();
    const answer = await EmailPassword.submitNewPassword({ formFields: form.values() });
    if (answer.status === 'FIELD_ERROR') return form.showErrors(answer.formFields);
    forgetLink();
    password.value = '';
    showNewPassword(false);
    if (answer.status === 'RESET_PASSWORD_INVALID_TOKEN_ERROR') return say('bad', LINK_IS_OVER);
    say('good', 'Your password is changed, and all of your sessions have ended. Sign in with the new password.');
  });
}

async function verifyEmail(): Promise<void> {
  const { status } = await EmailVerification.verifyEmail();
  forgetLink();
  if (status !== 'OK') return say('bad', LINK_IS_OVER);
  // A refresh that was under way meanwhile can have brought a token from before.
  if (frontToken() !== undefined) await Session.attemptRefreshingSession();
  say('good', 'Your e-mail is verified.');
}

function showNewPassword(isShown: boolean): void {
  byId('new-password-card', HTMLElement).hidden = !isShown;
  if (isShown) byId('new-password-title', HTMLElement).focus();
}

/** The token works once. Neither a reload nor the browser's history should send it again. */
function forgetLink(): void {
  history.replaceState(null, '', location.hash === '' ? '/' : location.pathname);
}

const kindOf = (path: string): Kind | undefined => KINDS.find((kind) => kind === path.split('/').at(-1));
