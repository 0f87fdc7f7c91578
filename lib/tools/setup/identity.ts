import { parseWebsites } from '../../config/websites.ts';
import { isKebabCase, MAX_FUNCTION_NAME } from '../serverless-yml/names.ts';

/** What makes a service one's own. */
export interface Identity {
  /** Of the service, in CloudFormation and everywhere in AWS, and of the package. */
  readonly name: string;
  /** SuperTokens' app name, for people. */
  readonly appName: string;
  /** The origins of the websites in production, separated by commas; absent: none yet. */
  readonly website: string | undefined;
  /** Scheme and host of the API in production; absent: the API's own address. */
  readonly api: string | undefined;
  /** Where it is deployed unless AWS_REGION says otherwise. */
  readonly region: string;
}

export type Part = keyof Identity;

/** What the length of a name depends on. */
export interface Namesakes {
  readonly functions: readonly string[];
  readonly stages: readonly string[];
}

/**
 * Says what is wrong with one part, or nothing.
 *
 * The name begins the name of the CloudFormation stack, which has letters, digits and hyphens and begins with a letter.
 * It is also the npm package's name, which is in lower case.
 */
export function faultIn(part: Part, value: string, { functions, stages }: Namesakes): string | undefined {
  switch (part) {
    case 'name': {
      // Of all names that begin with the service's, Lambda limits a function's most.
      const longest = `-${longestOf(stages)}-${longestOf(functions)}`;
      const room = MAX_FUNCTION_NAME - longest.length;
      if (!isKebabCase(value) || value.length < 2) {
        return 'A name has lower-case letters, digits and single hyphens between them, and begins with a letter.';
      }
      return value.length <= room
        ? undefined
        : `A name has at most ${room} characters: Lambda allows ${MAX_FUNCTION_NAME} for a function's name, such as <name>${longest}.`;
    }
    case 'appName':
      return /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(value) && value === value.trim()
        ? undefined
        : 'An app name has letters, digits, spaces, dots, hyphens and underscores, and at most 60 characters.';
    case 'region':
      return /^[a-z]{2}(-[a-z]+)+-\d$/.test(value) ? undefined : 'A region is an AWS region, such as eu-central-1.';
    case 'website':
    case 'api':
      return areSecureOrigins(value, part)
        ? undefined
        : 'A domain is https:// and a host, without a path, such as https://app.example.com. Commas separate several websites.';
  }
}

const longestOf = (words: readonly string[]): string =>
  words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');

/** Browsers keep Secure cookies of https alone. */
function areSecureOrigins(value: string, part: 'website' | 'api'): boolean {
  const origins = parseWebsites(value) ?? [];
  const isAsWritten = value !== '' && origins.join(',') === value.replaceAll(' ', '');
  return (
    isAsWritten && origins.every((origin) => origin.startsWith('https://')) && (part === 'website' || isOne(origins))
  );
}

const isOne = (origins: readonly string[]): boolean => origins.length === 1 && !origins[0]?.includes('*');

/** An app name to propose: `shop-api` is `Shop api`. */
export const appNameFrom = (name: string): string =>
  name.replace(/-/g, ' ').replace(/^./, (first) => first.toUpperCase());
