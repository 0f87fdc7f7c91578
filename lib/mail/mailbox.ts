import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mail, SendMail } from './mail.ts';
import type { SendSms, Sms } from './sms.ts';

/** A mail as the mailbox of development keeps it. */
export interface ReceivedMail extends Mail {
  readonly type: 'mail';
  /** An ISO 8601 time. */
  readonly sentAt: string;
}

/** A text message as the mailbox of development keeps it. */
interface ReceivedSms extends Sms {
  readonly type: 'sms';
  /** An ISO 8601 time. */
  readonly sentAt: string;
}

export type ReceivedMessage = ReceivedMail | ReceivedSms;

/**
 * Puts mails into the mailbox of development, one file each, and prints their text.
 * @param folder the mailbox
 */
export const mailboxSender =
  (folder: string): SendMail =>
  async ({ to, subject, text, html }) => {
    await keep(folder, { type: 'mail', to, subject, text, html, sentAt: new Date().toISOString() });
    print(`Mail to ${to}: ${subject}`, text);
  };

/** The same for text messages. */
export const smsMailboxSender =
  (folder: string): SendSms =>
  async ({ to, text }) => {
    await keep(folder, { type: 'sms', to, text, sentAt: new Date().toISOString() });
    print(`Text message to ${to}:`, text);
  };

async function keep(folder: string, message: ReceivedMessage): Promise<void> {
  const file = join(folder, `${Date.parse(message.sentAt)}-${randomUUID()}.json`);
  await mkdir(folder, { recursive: true });
  // A reader never sees half a message.
  await writeFile(`${file}.part`, JSON.stringify(message));
  await rename(`${file}.part`, file);
}

const print = (title: string, text: string): void =>
  void process.stdout.write(`${title}\n${text.replace(/^/gm, '  ')}\n`);
