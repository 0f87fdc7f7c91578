import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMail } from '../../lib/mail/mailbox.ts';
import { API } from './stage.ts';

/** Waits for a mail with a link to that page of the website. @returns the link */
export async function linkMailedTo(address: string, page: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${API}/dev/mailbox`);
    const mails = (await response.json()) as readonly ReceivedMail[];
    const links = mails
      .filter(({ to }) => to === address)
      .map(({ text }) => /^https?:\S+$/m.exec(text)?.[0] ?? '')
      .filter((link) => link.startsWith(`${page}?`));
    if (links[0] !== undefined) return links[0];
    await sleep(300);
  }
}
