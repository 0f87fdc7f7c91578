import Passwordless from 'supertokens-web-js/recipe/passwordless';
import { byId } from './dom.ts';
import type { Mailbox } from './mailbox.ts';
import { onPress, onSubmit, say, sayAt } from './outcome.ts';

type Answer = Awaited<ReturnType<typeof Passwordless.consumeCode>>;

/** Sends codes to an e-mail or a phone number, and signs in by a typed code. */
export function startCodeForms(mailbox: Mailbox): void {
  const contact = byId('contact', HTMLInputElement);
  const code = byId('code', HTMLInputElement);

  onSubmit('send-code', async () => {
    sayAt(contact, '');
    const address = contact.value.trim();
    const answer = await Passwordless.createCode(
      address.includes('@') ? { email: address } : { phoneNumber: address },
    ).catch(reasonFor);
    if (typeof answer === 'string') return sayAt(contact, answer);
    if (answer.status !== 'OK') return say('bad', answer.reason);
    byId('use-code', HTMLElement).hidden = false;
    await mailbox.show();
    code.focus();
    say('good', 'The code is on its way. In development, read it at /dev/mailbox.');
  });

  onSubmit('use-code', async () => {
    sayAt(code, '');
    const answer = await Passwordless.consumeCode({ userInputCode: code.value.trim() });
    code.value = '';
    if (answer.status === 'INCORRECT_USER_INPUT_CODE_ERROR') {
      const left = answer.maximumCodeInputAttempts - answer.failedCodeInputAttemptCount;
      return sayAt(code, `That is not the code. Attempts left: ${left}.`);
    }
    byId('use-code', HTMLElement).hidden = true;
    tell(answer);
  });
}

/** Offers to sign in if the page was opened by the link in a message. A press is needed: mail scanners open links, too. */
export function startLink(): void {
  const isLink = new URLSearchParams(location.search).has('preAuthSessionId') && location.hash.length > 1;
  byId('use-link', HTMLButtonElement).hidden = !isLink;
  onPress('use-link', async () => {
    tell(await Passwordless.consumeCode());
    byId('use-link', HTMLButtonElement).hidden = true;
    history.replaceState(null, '', location.pathname);
  });
}

function tell(answer: Answer): void {
  if (answer.status === 'OK') say('good', answer.createdNewRecipeUser ? 'Signed up, and signed in.' : 'Signed in.');
  else if (answer.status === 'SIGN_IN_UP_NOT_ALLOWED') say('bad', answer.reason);
  else say('bad', 'The code is not valid any more. Send another one.');
}

/** SuperTokens' frontend SDK throws what a form is to show. */
function reasonFor(error: unknown): string {
  if ((error as { readonly isSuperTokensGeneralError?: unknown }).isSuperTokensGeneralError === true) {
    return (error as Error).message;
  }
  throw error;
}
