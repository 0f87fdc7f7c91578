import EmailPassword from 'supertokens-web-js/recipe/emailpassword';
import { byId } from './dom.ts';
import { formOf } from './form-fields.ts';
import type { Mailbox } from './mailbox.ts';
import { onPress, onSubmit, say } from './outcome.ts';

/**
 * Signs users up and in by SuperTokens' EmailPassword recipe, and mails a link to a user who forgot the password. Errors of a
 * field are shown next to it.
 */
export function startSignInForm(mailbox: Mailbox): void {
  const email = byId('email', HTMLInputElement);
  const password = byId('password', HTMLInputElement);
  const form = formOf({ email, password });

  onSubmit('sign-in', async ({ id }) => {
    form.clearErrors();
    await (id === 'sign-up' ? signUp() : signIn());
  });

  const signUp = async (): Promise<void> => {
    const answer = await EmailPassword.signUp({ formFields: form.values() });
    if (answer.status === 'FIELD_ERROR') return form.showErrors(answer.formFields);
    if (answer.status !== 'OK') return say('bad', answer.reason);
    say('good', 'Signed up, and signed in.');
  };

  const signIn = async (): Promise<void> => {
    const answer = await EmailPassword.signIn({ formFields: form.values() });
    if (answer.status === 'FIELD_ERROR') return form.showErrors(answer.formFields);
    if (answer.status === 'WRONG_CREDENTIALS_ERROR') return say('bad', 'Wrong e-mail or password.');
    if (answer.status !== 'OK') return say('bad', answer.reason);
    say('good', 'Signed in.');
  };

  const emailAlone = formOf({ email });
  onPress('forgot', async () => {
    form.clearErrors();
    const answer = await EmailPassword.sendPasswordResetEmail({ formFields: emailAlone.values() });
    if (answer.status === 'FIELD_ERROR') return emailAlone.showErrors(answer.formFields);
    if (answer.status !== 'OK') return say('bad', answer.reason);
    await mailbox.show();
    say('good', 'If this address has an account, a mail with a link is sent to it.');
  });

  onPress('example', async () => {
    email.value = `demo-${crypto.randomUUID().slice(0, 8)}@example.com`;
    password.value = 'correct horse 1';
    byId('sign-up', HTMLButtonElement).focus();
  });
}
