import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mail, SendMail } from './mail.ts';

/** A mail as the mailbox of development keeps it. */
export interface ReceivedMail extends Mail {
  /** An ISO 8601 time. */
  readonly sentAt: string;
}

/**
 * Puts mails into the mailbox of development, one file each, and prints their text.
 * @param folder the mailbox
 */
export const mailboxSender =
  (folder: string): SendMail =>
  async ({ to, subject, text, html }) => {
    const now = new Date();
    const mail: ReceivedMail = { to, subject, text, html, sentAt: now.toISOString() };
    const file = join(folder, `${now.getTime()}-${randomUUID()}.json`);
    await mkdir(folder, { recursive: true });
    // A reader never sees half a mail.
    await writeFile(`${file}.part`, JSON.stringify(mail));
    await rename(`${file}.part`, file);
    process.stdout.write(`Mail to ${to}: ${subject}\n${text.replace(/^/gm, '  ')}\n`);
  };
