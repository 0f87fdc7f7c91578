import { PROVIDER_USERS, type ProviderUser } from './users.ts';

/** What the log-in page sends as `choice`, apart from the ids of users. */
export const CANCEL = 'cancel';
export const FAIL = 'fail';

/** The provider's log-in page: a button for each user, and one for each way in which a log-in fails. */
export const logInPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Local sign-in provider</title>
<link rel="icon" href="data:,">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26em; margin: 3em auto; padding: 0 1em }
  button { font: inherit; display: block; width: 100%; margin: .5em 0; padding: .6em; text-align: left }
</style>
<h1>Local sign-in provider</h1>
<p>It stands in for Google and others on this machine. Choose who signs in:</p>
<form method="post">
${PROVIDER_USERS.map(userButton).join('\n')}
<p>Or let the sign-in fail:</p>
${button(CANCEL, 'Cancel, as a user who changes their mind')}
${button(FAIL, 'Fail, as a provider with an error')}
</form>
</html>`;

const userButton = ({ id, email, isEmailVerified }: ProviderUser): string =>
  button(id, `${email}${isEmailVerified ? '' : ' (e-mail not verified)'}`);

const button = (choice: string, text: string): string => `<button name="choice" value="${choice}">${text}</button>`;
