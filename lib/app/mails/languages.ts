import type { MailLanguages } from '../../index.ts';
import { german } from './de.ts';
import { english } from './en.ts';

/** The languages of your mails. Users whose browser prefers none of them get the first. */
export const mailLanguages: MailLanguages = [
  { language: 'en', texts: english },
  { language: 'de', texts: german },
];
