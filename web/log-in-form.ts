import { type Api, Refused } from './api.ts';
import { byId } from './dom.ts';
import { onPress, onSubmit, say, sayAt } from './outcome.ts';

/** Signs users up and logs them in; whatever the API has against a field stands beside it. */
export function startLogInForm(api: Api): void {
  const email = byId('email', HTMLInputElement);
  const password = byId('password', HTMLInputElement);
  const fields: Readonly<Record<string, HTMLInputElement>> = { email, password };

  onSubmit('log-in', async ({ value: path }) => {
    for (const field of Object.values(fields)) sayAt(field, '');
    try {
      await api.call('POST', path, { email: email.value, password: password.value });
      say('good', path === '/signup' ? 'Signed up, and logged in.' : 'Logged in.');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const field = fields[error.field ?? ''];
      if (field === undefined) return say('bad', error.message);
      sayAt(field, error.message);
      field.focus();
    }
  });

  onPress('example', async () => {
    email.value = `demo-${crypto.randomUUID().slice(0, 8)}@example.com`;
    password.value = 'correct horse battery';
    byId('sign-up', HTMLButtonElement).focus();
  });
}
