import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMessage } from '../../lib/mail/mailbox.ts';
import { API } from './stage.ts';

/** Waits for a mail with a link to that page of the website. @returns the newest link */
export const linkMailedTo = (address: string, page: string): Promise<string> =>
  textSentTo(address, (text) => text.split('\n').find((line) => line.startsWith(`${page}?`)));

/** Waits for a mail or a text message with a sign-in code. @returns the newest code */
export const codeSentTo = (addressOrPhone: string): Promise<string> =>
  textSentTo(addressOrPhone, (text) => /\b\d{6}\b/.exec(text)?.[0]);

async function textSentTo(to: string, find: (text: string) => string | undefined): Promise<string> {
  for (;;) {
    const response = await fetch(`${API}/dev/mailbox`);
    const messages = (await response.json()) as readonly ReceivedMessage[];
    const found = messages.filter((message) => message.to === to).map(({ text }) => find(text));
    const newest = found.find((text) => text !== undefined);
    if (newest !== undefined) return newest;
    await sleep(300);
  }
}
