import SuperTokens from 'supertokens-web-js';
import EmailPassword from 'supertokens-web-js/recipe/emailpassword';
import EmailVerification from 'supertokens-web-js/recipe/emailverification';
import Passwordless from 'supertokens-web-js/recipe/passwordless';
import Session from 'supertokens-web-js/recipe/session';
import ThirdParty from 'supertokens-web-js/recipe/thirdparty';
import { DateProviderReference } from 'supertokens-web-js/utils/dateProvider';
import { showAccount, startAccount } from './account.ts';
import { recordRequests } from './activity.ts';
import { createActivityLog } from './activity-log.ts';
import { createApi } from './api.ts';
import { showDevices } from './devices.ts';
import { byId } from './dom.ts';
import { followLink, startNewPasswordForm } from './mail-links.ts';
import { createMailbox } from './mailbox.ts';
import { once, onPress, say } from './outcome.ts';
import { comeBackFromProvider, offerProviders } from './providers.ts';
import { showSession } from './session-view.ts';
import type { PageSettings } from './settings.ts';
import { startCodeForms, startLink } from './sign-in-code.ts';
import { startSignInForm } from './sign-in-form.ts';
import { type FrontToken, frontToken } from './stored-tokens.ts';
import { startTheft } from './theft.ts';
import { chosenTransfer, offerTransfer } from './transfer.ts';

const settings = JSON.parse(
  document.querySelector('meta[name=settings]')?.getAttribute('content') ?? '',
) as PageSettings;
const { apiGatewayPath, apiBasePath } = settings;
const api = createApi(settings);
const transfer = chosenTransfer();
const log = createActivityLog();
const mailbox = createMailbox(api, window.fetch.bind(window));
/** How often the SDK has refreshed in this tab. */
let refreshes = 0;

// Before the SDK starts: it takes the fetch that is there.
const sendAsThief = recordRequests(api, (entry) => {
  if (entry.actor === 'SDK' && entry.status === 200) refreshes += 1;
  log.add(entry);
});

SuperTokens.init({
  appInfo: { appName: 'Demo', apiDomain: api.domain, apiGatewayPath, apiBasePath },
  recipeList: [
    EmailPassword.init(),
    EmailVerification.init(),
    ThirdParty.init(),
    Passwordless.init(),
    Session.init({ tokenTransferMethod: transfer }),
  ],
});

byId('comment', HTMLElement).hidden = !settings.hasLikes;
byId('report', HTMLElement).hidden = !settings.hasReport;
startSignInForm(mailbox);
startCodeForms(mailbox);
startLink();
startNewPasswordForm();
startAccount(api, mailbox);
startTheft(api, transfer, sendAsThief);
offerTransfer(async () => {
  if (frontToken() !== undefined) await Session.signOut();
});

onPress('sign-out', async () => {
  await Session.signOut();
  say('good', 'Signed out: the session is revoked, the tokens are cleared.');
});

onPress('refresh', async () => {
  if (await Session.attemptRefreshingSession()) say('good', 'Refreshed: a new access token, a new refresh token.');
  else say('bad', 'Your session has ended: it was revoked, or has expired.');
});

onPress('call', async () => {
  const { onTheWay } = await callTelling('GET', '/sessioninfo');
  say('good', `${onTheWay}The API knows you.`);
});

onPress('like', async () => {
  const { answer, onTheWay } = await callTelling('POST', '/like-comment', { commentId: 'demo' });
  const { likes } = answer;
  byId('like', HTMLButtonElement).ariaPressed = 'true';
  byId('likes', HTMLElement).textContent = `${likes === 1 ? '1 like' : `${String(likes)} likes`}. Yours counts once.`;
  say('good', `${onTheWay}Liked.`);
});

/** Calls a route, and tells if the SDK had to refresh on the way. */
async function callTelling(method: string, path: string, body?: object) {
  const before = refreshes;
  const answer = await api.call(method, path, body);
  const hasRefreshed = refreshes > before;
  return {
    answer,
    onTheWay: hasRefreshed ? 'The access token had expired: the SDK refreshed it. ' : '',
  };
}

onPress('reload-devices', listDevices);
onPress('everywhere', async () => {
  const revoked = await signOutEverywhere();
  say('good', `Signed out everywhere: ${revoked} ${revoked === 1 ? 'session' : 'sessions'} revoked.`);
});

/** One request revokes as many sessions as it has time for, this one last. @returns how many were revoked in all */
async function signOutEverywhere(): Promise<number> {
  let revoked = 0;
  for (let complete = false; !complete; ) {
    const answer = await api.call('POST', '/signout-everywhere');
    revoked += Number(answer.revoked);
    complete = answer.complete === true;
    if (!complete) say('busy', `${revoked} sessions revoked so far…`);
  }
  return revoked;
}

function listDevices(): Promise<void> {
  return showDevices(api, async (handle, name) => {
    await api.call('DELETE', `/sessions/${handle}`);
    if (frontToken() !== undefined) {
      // The button that was pressed goes away.
      byId('devices-title', HTMLElement).focus();
      await listDevices();
    }
    say('good', `Revoked: ${name}.`);
  });
}

let shownHandle: unknown = 'nothing yet';

/** Brings the page up to date with what the SDK has stored, be it in another tab. */
function render(): void {
  const token = frontToken();
  const handle = token?.claims.sessionHandle;
  if (handle !== shownHandle) enterView(handle !== undefined);
  shownHandle = handle;
  if (token === undefined) return;
  const now = DateProviderReference.getReferenceOrThrow().dateProvider.now();
  showSession(token, now);
  showAccount(token);
  noteExpiry(token, now);
}

function enterView(isSignedIn: boolean): void {
  const hadFocus = document.activeElement?.closest('#welcome, #signed-in') ?? null;
  for (const id of ['welcome', 'tour']) byId(id, HTMLElement).hidden = isSignedIn;
  byId('signed-in', HTMLElement).hidden = !isSignedIn;
  // If the control that had the focus is gone, the focus moves to the top of what took its place.
  if (hadFocus !== null) byId(isSignedIn ? 'session-title' : 'welcome-title', HTMLElement).focus();
  for (const id of ['stolen', 'password']) byId(id, HTMLInputElement).value = '';
  byId('like', HTMLButtonElement).ariaPressed = 'false';
  byId('likes', HTMLElement).textContent = '';
  byId('devices', HTMLElement).replaceChildren();
  if (isSignedIn) void once(byId('reload-devices', HTMLButtonElement), listDevices);
}

let noted: number | undefined;

function noteExpiry({ expires }: FrontToken, now: number): void {
  if (expires > now || expires === noted) return;
  noted = expires;
  log.add({ at: Date.now(), actor: 'clock', text: 'The access token has expired.' });
}

// Finds out whether a user is logged in, and refreshes the session if need be.
await Session.doesSessionExist().catch(() => false);
render();
setInterval(render, 250);
void mailbox.show();
await once(byId('main', HTMLElement), followLink);
await once(byId('providers', HTMLElement), comeBackFromProvider);
// The rest of the page works without providers.
await offerProviders(api, apiBasePath).catch(() => undefined);
