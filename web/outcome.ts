import { Refused } from './api.ts';
import { byId } from './dom.ts';

/** Shows the outcome of the last action, which screen readers read out. `none` shows nothing. */
export function say(kind: 'good' | 'bad' | 'busy' | 'none', text: string): void {
  const outcome = byId('outcome', HTMLElement);
  outcome.dataset.kind = kind;
  outcome.textContent = text;
}

/**
 * Marks a field as wrong and says why, in place of an earlier action's outcome. An empty message removes the mark.
 */
export function sayAt(input: HTMLInputElement, message: string): void {
  input.ariaInvalid = String(message !== '');
  byId(`${input.id}-error`, HTMLElement).textContent = message;
  if (message !== '') say('none', '');
}

/**
 * Runs what an element is for, never twice at once, and says what went wrong. A busy element is not disabled: that would
 * take the focus from it.
 */
export async function once(element: HTMLElement, action: () => Promise<void>): Promise<void> {
  if (element.ariaBusy === 'true') return;
  element.ariaBusy = 'true';
  try {
    await action();
  } catch (error) {
    say('bad', await reasonOf(error));
  } finally {
    element.ariaBusy = 'false';
  }
}

/** {@link once}, whenever the button is pressed. */
export function onPress(id: string, action: () => Promise<void>): void {
  const button = byId(id, HTMLButtonElement);
  button.addEventListener('click', () => void once(button, action));
}

/** {@link once}, whenever the form is sent by one of its buttons or the Enter key. */
export function onSubmit(id: string, action: (pressed: HTMLButtonElement) => Promise<void>): void {
  const form = byId(id, HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { submitter } = event;
    if (submitter instanceof HTMLButtonElement) void once(form, () => action(submitter));
  });
}

async function reasonOf(error: unknown): Promise<string> {
  // The SDK throws a response that is an error, such as 429 after too many attempts.
  if (error instanceof Response) return `The API answered ${error.status}${await messageIn(error)}.`;
  if (error instanceof TypeError) return 'The API did not answer.';
  if (!(error instanceof Refused)) return String(error);
  // The session, and with it the tokens, were gone before the SDK could refresh.
  if (error.status === 401) return 'Your session has ended: it was revoked, or has expired.';
  return `The API answered ${error.status}: ${error.message}`;
}

async function messageIn(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const { message } = (body ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? `: ${message.replace(/\.$/, '')}` : '';
}
