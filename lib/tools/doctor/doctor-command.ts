import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import { findAwsCredentials } from '../../dev/aws-credentials.ts';
import { isSecureUrl } from '../../login/secure-url.ts';
import { type Command, EXIT, type ExitCode, UsageError } from '../command-line.ts';
import { type Diagnosis, examine, type Order } from './examine.ts';
import { countLevels, jsonReport, textReport } from './report.ts';
import { createSesReader } from './ses.ts';
import { readSmtp } from './smtp.ts';
import { readTarget, type Target } from './target.ts';

const HELP = `npm run doctor -- URL --origin ORIGIN [options]

Checks a running service, deployed or local. For each problem, it names what is wrong and how to fix it.

  URL                 the API, with its stage or mapping if it has one: https://api.example.com/v1
  --origin ORIGIN     the website that calls it: https://app.example.com

  --sign-up           also checks sessions, with a new user doctor-<random>@example.com, who stays in the table
  --email E-MAIL      also checks sessions, with this user. Needs --password or the variable DOCTOR_PASSWORD
  --password TEXT     the user's password. Other users of this machine can see it while the command runs

  --mail-from ADDRESS also checks Amazon SES for this sender, with your AWS credentials (MAIL_FROM)
  --mail-region NAME  the region of Amazon SES (MAIL_REGION, or else AWS_REGION)
  --smtp URL          also logs in to this mail server: smtps://user@smtp.example.com:465, or smtp:// for STARTTLS.
                      Needs the variable DOCTOR_SMTP_PASSWORD

  --base-path PATH    API_BASE_PATH (/auth)
  --route PATH        a GET route that needs a session (/sessioninfo)
  --audience TEXT     the expected JWT_AUDIENCE
  --timeout SECONDS   the limit for each request (15)
  --json              prints the findings as JSON

The command signs out the sessions that it creates.
Exit codes: 0 no problem, though perhaps warnings; 1 problems; 2 wrong usage, or the URL does not respond.
`;

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      origin: { type: 'string' },
      'sign-up': { type: 'boolean', default: false },
      email: { type: 'string' },
      password: { type: 'string' },
      'mail-from': { type: 'string' },
      'mail-region': { type: 'string' },
      smtp: { type: 'string' },
      'base-path': { type: 'string', default: '/auth' },
      route: { type: 'string', default: '/sessioninfo' },
      audience: { type: 'string' },
      timeout: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, positionals };
}

type Arguments = ReturnType<typeof readArguments>;

function readOrder(given: Arguments, surroundings: Surroundings): Order {
  const { environment, probing = { fetch, clock: Date.now } } = surroundings;
  const [url, ...more] = given.positionals;
  if (url === undefined || more.length > 0) throw new UsageError('Give one URL: the API.');
  if (given.origin === undefined) throw new UsageError('Give --origin: the website that calls the API.');
  const target = readTarget({
    url,
    origin: given.origin,
    basePath: given['base-path'],
    route: given.route,
  });
  return {
    target,
    login: readLogin(given, target, environment),
    mail: readMail(given, environment),
    smtp:
      given.smtp === undefined
        ? { absent: 'Needs the mail server: give --smtp, if the service sends by SMTP.' }
        : readSmtp(given.smtp, environment.DOCTOR_SMTP_PASSWORD ?? '', readTimeout(given.timeout)),
    ...(given.audience !== undefined && { audience: given.audience }),
    timeout: readTimeout(given.timeout),
    ...probing,
  };
}

function readMail(given: Arguments, environment: Environment): Order['mail'] {
  const from = given['mail-from'] ?? environment.MAIL_FROM ?? '';
  if (from === '') return { absent: 'Needs the sender: give --mail-from, or the variable MAIL_FROM.' };
  if (!from.includes('@')) throw new UsageError('--mail-from must be an e-mail address.');
  const region = given['mail-region'] ?? (environment.MAIL_REGION || environment.AWS_REGION);
  if (region === undefined)
    throw new UsageError('--mail-from needs --mail-region, or the variable MAIL_REGION or AWS_REGION.');
  const endpoint = environment.AWS_ENDPOINT_URL_SESV2;
  const timeout = readTimeout(given.timeout);
  const connect = async () => createSesReader({ region, endpoint, timeout, credentials: await findAwsCredentials() });
  return { from, region, connect };
}

const MAX_TIMEOUT = 300;

function readTimeout(given: string): number {
  const seconds = Number(given);
  const isGood = seconds > 0 && seconds <= MAX_TIMEOUT;
  if (!isGood) throw new UsageError(`--timeout must be more than 0 and at most ${MAX_TIMEOUT} seconds.`);
  return Math.ceil(seconds * 1000);
}

function readLogin(
  { email, password, 'sign-up': isNew }: Arguments,
  { api }: Target,
  environment: Environment,
): Order['login'] {
  if (isNew && (email !== undefined || password !== undefined)) {
    throw new UsageError('--sign-up makes a user of its own: leave out --email and --password.');
  }
  if (!isNew && email === undefined) {
    if (password !== undefined) throw new UsageError('--password needs --email.');
    return { absent: 'Needs a session: give --email and a password, or --sign-up.' };
  }
  if (!isSecureUrl(api)) return { absent: 'Needs a session, and a password does not belong into http.' };
  if (email === undefined)
    return { email: `doctor-${randomUUID()}@example.com`, password: `doctor-1-${randomUUID()}`, isNew };
  const secret = password ?? environment.DOCTOR_PASSWORD ?? '';
  if (secret === '') throw new UsageError('--email needs --password, or the variable DOCTOR_PASSWORD.');
  return { email, password: secret, isNew };
}

/** That nothing answers says nothing about the service, as a mistyped URL does not: it is no problem to be fixed there. */
function exitCodeOf({ isReachable, findings }: Diagnosis): ExitCode {
  if (!isReachable) return EXIT.usage;
  return countLevels(findings).problem > 0 ? EXIT.failed : EXIT.done;
}

export interface Surroundings {
  readonly environment: Environment;
  /** Whether a person reads the output in a terminal. */
  readonly isTerminal: boolean;
  /** How the service is asked, and by which clock its answers are timed; absent: by this machine's. */
  readonly probing?: Pick<Order, 'fetch' | 'clock'>;
}

/** `npm run doctor` */
export const doctorCommand =
  (surroundings: Surroundings): Command =>
  async (args, terminal) => {
    const given = readArguments(args);
    if (given.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const diagnosis = await examine(readOrder(given, surroundings));
    terminal.print(given.json ? jsonReport(diagnosis) : textReport(diagnosis, isColoured(surroundings)));
    return exitCodeOf(diagnosis);
  };

/** https://no-color.org: any value that is not empty. */
const isColoured = ({ environment, isTerminal }: Surroundings): boolean =>
  isTerminal && (environment.NO_COLOR ?? '') === '';
