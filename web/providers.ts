import ThirdParty from 'supertokens-web-js/recipe/thirdparty';
import type { Api } from './api.ts';
import { byId, make } from './dom.ts';
import { once, say } from './outcome.ts';

interface Provider {
  readonly id: string;
  readonly name?: string;
}

/** Offers each sign-in provider that the API has. */
export async function offerProviders(api: Api, apiBasePath: string): Promise<void> {
  const { thirdParty } = await api.call('GET', `${apiBasePath}/loginmethods`);
  const { providers } = thirdParty as { readonly providers: readonly Provider[] };
  byId('providers', HTMLElement).replaceChildren(...providers.map(buttonOf));
}

function buttonOf({ id, name = id }: Provider): HTMLButtonElement {
  const button = make('button', { type: 'button' }, `Sign in with ${name}`);
  button.addEventListener('click', () => void once(button, () => goTo(id)));
  return button;
}

async function goTo(thirdPartyId: string): Promise<void> {
  const frontendRedirectURI = `${location.origin}${location.pathname}`;
  location.assign(
    await ThirdParty.getAuthorisationURLWithQueryParamsAndSetState({ thirdPartyId, frontendRedirectURI }),
  );
}

/** Finishes the sign-in if the browser has just come back from a provider. */
export async function comeBackFromProvider(): Promise<void> {
  const query = new URLSearchParams(location.search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return;
  try {
    const answer = await ThirdParty.signInAndUp();
    if (answer.status === 'OK') say('good', answer.createdNewRecipeUser ? 'Signed up, and signed in.' : 'Signed in.');
    else if (answer.status === 'SIGN_IN_UP_NOT_ALLOWED') say('bad', answer.reason);
    else say('bad', 'The provider has told no e-mail.');
  } catch (error) {
    const reason = query.get('error');
    // Such as a code that was used before.
    if (reason === null) throw error;
    say('bad', reason === 'access_denied' ? 'The sign-in was cancelled.' : `The provider reports ${reason}.`);
  } finally {
    // A reload must not send the code again.
    history.replaceState(null, '', location.pathname);
  }
}
