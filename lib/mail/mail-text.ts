import type { Mail } from './mail.ts';

/** The words of a mail that asks its reader to follow a link, or to enter a code. */
export interface MailText {
  readonly subject: string;
  /** Paragraphs before the code and the link. */
  readonly before: readonly string[];
  /** What the link says in HTML. */
  readonly action: string;
  /** Paragraphs after them. */
  readonly after: readonly string[];
}

/** What a text can name. */
export interface MailFacts {
  readonly appName: string;
  /** How long the link is valid, in the text's language, such as `1 hour`. Absent: another core decides, and its setting is unknown. */
  readonly validFor: string | undefined;
}

/** What a text to sign in by can name. */
export interface SignInFacts {
  readonly appName: string;
  /** How long the code and the link are valid, in the text's language, such as `15 minutes`. */
  readonly validFor: string;
  /** The code that the user types. Absent: the text has a link alone. */
  readonly code: string | undefined;
  /** The link that the user follows. Absent: the text has a code alone. */
  readonly link: string | undefined;
}

/** The service's mails and text messages in one language. */
export interface MailTexts {
  readonly passwordReset: (facts: MailFacts) => MailText;
  readonly emailVerification: (facts: MailFacts) => MailText;
  /** Passwordless sign-in. The code and the link stand between the paragraphs. */
  readonly signIn: (facts: SignInFacts) => MailText;
  /** The same as a text message, with the code and the link. Every 160 characters are charged, or every 70 with letters beyond GSM 03.38. */
  readonly signInSms: (facts: SignInFacts) => string;
}

/** The service's mails by language, such as `en` (RFC 5646). A reader whose language is missing gets the first one. */
export type MailLanguages = readonly [MailLanguage, ...MailLanguage[]];

export interface MailLanguage {
  readonly language: string;
  readonly texts: MailTexts;
}

/** What a mail is about. */
export interface MailContent {
  readonly code?: string | undefined;
  readonly link?: string | undefined;
}

/** Renders a mail as plain text and as HTML. */
export const renderMail = (
  to: string,
  { subject, before, action, after }: MailText,
  { code, link }: MailContent,
): Mail => ({
  to,
  subject,
  text: [...before, code, link, ...after].filter((part) => part !== undefined).join('\n\n'),
  html: [
    '<!doctype html><html><body style="font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 0 auto">',
    ...before.map(paragraph),
    ...(code === undefined ? [] : [`<p style="font-size: 1.5em; letter-spacing: .2em">${escapeHtml(code)}</p>`]),
    ...(link === undefined ? [] : [`<p><a href="${escapeHtml(link)}">${escapeHtml(action)}</a></p>`]),
    ...after.map(paragraph),
    '</body></html>',
  ].join('\n'),
});

const paragraph = (text: string): string => `<p>${escapeHtml(text)}</p>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

/**
 * The language that a reader prefers, of those that there are.
 * @param acceptLanguage the header `Accept-Language` (RFC 9110, section 12.5.4)
 */
export function languageFor(languages: MailLanguages, acceptLanguage = ''): MailLanguage {
  const wanted = acceptLanguage
    .split(',')
    .map(readPreference)
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ language }) => language);
  const found = wanted
    .map((language) => languages.find((candidate) => candidate.language === language))
    .find((candidate) => candidate !== undefined);
  return found ?? languages[0];
}

/** A region does not count: `de-AT;q=0.8` is `de`. */
function readPreference(entry: string): { readonly language: string; readonly weight: number } {
  const [range = '', ...parameters] = entry.split(';').map((part) => part.trim());
  const [language = ''] = range.toLowerCase().split('-');
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { language, weight: Number(weight) };
}
