import Session from 'supertokens-web-js/recipe/session';
import type { Api } from './api.ts';
import { byId } from './dom.ts';
import { onPress, onSubmit, say, sayAt } from './outcome.ts';
import { pastedToken } from './pasted-token.ts';
import type { TransferMethod } from './settings.ts';
import { frontToken, readableRefreshToken } from './stored-tokens.ts';

/** One more than the core remembers retired tokens (20). After them, a stolen token no longer counts as a retry. */
const REFRESHES = 21;

/**
 * Lets the user steal their own refresh token, and replays it.
 * @param sendAsThief a `fetch` that the SDK has no part in
 */
export function startTheft(api: Api, transfer: TransferMethod, sendAsThief: typeof fetch): void {
  const stolen = byId('stolen', HTMLInputElement);
  byId(`steal-${transfer}`, HTMLElement).hidden = false;
  byId('steal', HTMLButtonElement).hidden = transfer === 'cookie';

  onPress('steal', async () => {
    stolen.value = readableRefreshToken() ?? '';
    sayAt(stolen, '');
    byId('replay', HTMLButtonElement).focus();
  });

  onSubmit('theft', async () => {
    const token = pastedToken(stolen.value);
    sayAt(stolen, token === '' ? 'Steal one first.' : '');
    if (token === '') return stolen.focus();
    if (!(await goOn())) return say('bad', 'Your session has ended before the thief came.');
    say('busy', 'The thief presents the stolen token.');
    const { status, message } = await replay(token, api.refreshUrl, sendAsThief);
    if (message !== 'token theft detected') return say('bad', `No theft of yours: ${explained(status, message)}`);
    say('good', `Theft caught: the thief was answered ${status} “${message}”. ${await ownSession(api)}`);
  });
}

/** The user continues, and each refresh replaces the token. @returns whether there still is a session */
async function goOn(): Promise<boolean> {
  for (let count = 1; count <= REFRESHES; count += 1) {
    say('busy', `You continue: refresh ${count} of ${REFRESHES}.`);
    if (!(await Session.attemptRefreshingSession())) return false;
  }
  return true;
}

async function replay(token: string, url: string, sendAsThief: typeof fetch) {
  const response = await sendAsThief(url, {
    method: 'POST',
    // The thief has the token and nothing else: none of this browser's cookies.
    credentials: 'omit',
    headers: { authorization: `Bearer ${token}`, 'st-auth-mode': 'header' },
  });
  const { message = '' } = (await response.json().catch(() => ({}))) as { message?: string };
  return { status: response.status, message };
}

/** Why a token that is not of this session was no theft. */
const explained = (status: number, message: string): string =>
  status === 200
    ? 'the thief was answered 200. That token was still good: it is of another session.'
    : `the thief was answered ${status} “${message}”. That is no refresh token of a session.`;

/** The user's own next request tells what has become of their session. */
async function ownSession(api: Api): Promise<string> {
  await api.call('GET', '/sessions').catch(() => undefined);
  return frontToken() === undefined ? 'Your own session was ended too: sign in again.' : 'Your own session continues.';
}
