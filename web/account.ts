import EmailVerification from 'supertokens-web-js/recipe/emailverification';
import { type Api, Refused } from './api.ts';
import { byId } from './dom.ts';
import type { Mailbox } from './mailbox.ts';
import { onPress, say } from './outcome.ts';
import type { FrontToken } from './stored-tokens.ts';

/** Lets the user verify the e-mail, and ask for what needs a role. */
export function startAccount(api: Api, mailbox: Mailbox): void {
  onPress('send-verification', async () => {
    const { status } = await EmailVerification.sendVerificationEmail();
    await mailbox.show();
    if (status === 'OK') say('good', 'The verification mail is sent. Open its link.');
    else say('good', 'Your e-mail is verified already.');
  });

  onPress('report', async () => {
    try {
      await api.call('GET', '/admin-report');
      say('good', 'Here is the report: your access token has the role admin.');
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 403) throw error;
      say('bad', 'The report needs the role admin, which your access token does not have.');
    }
  });
}

/** Shows what the access token says of the user: whether the e-mail is verified, and the roles. */
export function showAccount({ userId, claims }: FrontToken): void {
  const isVerified = valueIn(claims['st-ev']) === true;
  const roles = valueIn(claims['st-role']);
  const account = byId('account', HTMLElement);
  // Only changes: a user may be copying the command.
  const version = JSON.stringify([userId, isVerified, roles]);
  if (account.dataset.version === version) return;
  account.dataset.version = version;
  byId('verified', HTMLElement).textContent = isVerified ? 'verified' : 'not verified';
  byId('send-verification', HTMLButtonElement).hidden = isVerified;
  byId('roles', HTMLElement).textContent = Array.isArray(roles) && roles.length > 0 ? roles.join(', ') : 'none';
  byId('role-command', HTMLElement).textContent = `npm run users -- roles ${userId} --add admin --create`;
}

/** Of a claim as SuperTokens writes it: the value, and when it was fetched. */
const valueIn = (claim: unknown): unknown => (claim as { readonly v?: unknown } | undefined)?.v;
