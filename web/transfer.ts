import { byId } from './dom.ts';
import type { TransferMethod } from './settings.ts';

const KEY = 'token-transfer-method';
const METHODS = ['cookie', 'header'] as const;

/** How tokens travel in this browser: one choice for all its tabs, as they share the session. */
export const chosenTransfer = (): TransferMethod => (localStorage.getItem(KEY) === 'header' ? 'header' : 'cookie');

/**
 * Lets the user choose. The SDK takes the method when it starts, so another choice ends the session and reloads the
 * page.
 * @param endSession ends the session if there is one. Its tokens would stay behind otherwise
 */
export function offerTransfer(endSession: () => Promise<void>): void {
  const chosen = chosenTransfer();
  for (const method of METHODS) {
    const button = byId(`transfer-${method}`, HTMLButtonElement);
    button.setAttribute('aria-pressed', String(method === chosen));
    button.addEventListener('click', async () => {
      if (method === chosenTransfer()) return;
      await endSession();
      localStorage.setItem(KEY, method);
      // Back to the button that was pressed, for users of the keyboard.
      sessionStorage.setItem(KEY, 'focus');
      location.reload();
    });
  }
  if (sessionStorage.getItem(KEY) !== null) byId(`transfer-${chosen}`, HTMLButtonElement).focus();
  sessionStorage.removeItem(KEY);
  // The other tabs follow. The event can still reach the page that this tab has reloaded, which is up to date.
  addEventListener('storage', ({ key }) => key === KEY && chosenTransfer() !== chosen && location.reload());
}
