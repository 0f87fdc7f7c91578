import type { Api } from './api.ts';
import { byId, make } from './dom.ts';
import { addressHere } from './mail-links.ts';
import { onPress } from './outcome.ts';

/** A mail or a text message as `GET /dev/mailbox` lists it. */
interface Mail {
  readonly to: string;
  /** Absent: it is a text message. */
  readonly subject?: string;
  readonly text: string;
  /** An ISO 8601 time. */
  readonly sentAt: string;
}

/** The mailbox of `npm run dev`, on the page. */
export interface Mailbox {
  /** Brings the list up to date. Hides the mailbox if there is none, as on AWS. */
  show(): Promise<void>;
}

const MOST_SHOWN = 5;

/**
 * @param api the mailbox is at its root, and only for pages of its own origin
 * @param plainFetch the browser's `fetch`: reading mails belongs neither to the SDK nor to the log
 */
export function createMailbox({ domain }: Api, plainFetch: typeof fetch): Mailbox {
  const show = async (): Promise<void> => {
    const mails = domain === location.origin ? await readMails(plainFetch) : undefined;
    byId('mailbox', HTMLElement).hidden = mails === undefined;
    byId('mails', HTMLElement).replaceChildren(...(mails ?? []).slice(0, MOST_SHOWN).map(lineOf));
    byId('mails-empty', HTMLElement).hidden = mails === undefined || mails.length > 0;
  };
  onPress('reload-mails', show);
  return { show };
}

async function readMails(plainFetch: typeof fetch): Promise<readonly Mail[] | undefined> {
  const response = await plainFetch('/dev/mailbox').catch(() => undefined);
  if (response?.ok !== true) return undefined;
  const mails: unknown = await response.json().catch(() => undefined);
  return Array.isArray(mails) ? (mails as readonly Mail[]) : undefined;
}

function lineOf({ to, subject: title, text, sentAt }: Mail): HTMLLIElement {
  const subject = title ?? text;
  const time = new Date(sentAt).toLocaleTimeString([], { hour12: false });
  const code = title === undefined ? undefined : /\b\d{6}\b/.exec(text)?.[0];
  const line = make(
    'li',
    {},
    make(
      'div',
      {},
      make('strong', {}, code === undefined ? subject : `${subject}: ${code}`),
      make('p', { className: 'muted' }, `to ${to}, ${time}`),
    ),
  );
  const link = /^https?:\S+$/m.exec(text)?.[0];
  const address = link === undefined ? undefined : addressHere(link);
  if (address === undefined) return line;
  const button = make('button', { type: 'button', ariaLabel: `Open the link: ${subject}` }, 'Open the link');
  button.addEventListener('click', () => location.assign(address));
  line.append(button);
  return line;
}
