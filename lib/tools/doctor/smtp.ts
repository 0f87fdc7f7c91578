import { isHttpUrl } from '../../config/variables.ts';
import type { Millis } from '../../core/types.ts';
import { isSecureUrl } from '../../login/secure-url.ts';
import { UsageError } from '../command-line.ts';
import { type Finding, ok, problem, quoted, SEE } from './finding.ts';

/** A mail server, and the account that the service sends with. */
export interface SmtpOrder {
  readonly host: string;
  readonly port: number;
  /** Whether the connection is encrypted from its beginning. Otherwise, STARTTLS must encrypt it. */
  readonly isSecure: boolean;
  readonly user: string;
  readonly password: string;
  /** How long each step may take, ms. */
  readonly timeout: Millis;
}

const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;

/**
 * Reads `smtps://user@host:port` or `smtp://user@host:port`.
 * @throws UsageError if the address lacks something
 */
export function readSmtp(address: string, password: string, timeout: Millis): SmtpOrder {
  // Node.js reads hosts and ports of http alone as such.
  const asHttp = address.replace(/^smtps?:/, 'http:');
  if (asHttp === address || !isHttpUrl(asHttp))
    throw new UsageError('--smtp must be such as smtps://user@smtp.example.com:465.');
  const { hostname, port, username, password: secret } = new URL(asHttp);
  if (username === '') throw new UsageError('--smtp needs the user: smtps://user@smtp.example.com:465.');
  if (secret !== '') throw new UsageError('--smtp takes no password. Set the variable DOCTOR_SMTP_PASSWORD.');
  if (password === '') throw new UsageError('--smtp needs the variable DOCTOR_SMTP_PASSWORD.');
  const protocol = address.startsWith('smtps:') ? 'smtps:' : 'smtp:';
  return {
    host: hostname,
    port: port === '' ? PORTS[protocol] : Number(port),
    isSecure: protocol === 'smtps:',
    user: decodeURIComponent(username),
    password,
    timeout,
  };
}

/** Logs in to the mail server, and sends nothing. */
export async function smtpFinding({ host, port, isSecure, user, password, timeout }: SmtpOrder): Promise<Finding> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: isSecure,
    // A password must not go over the network in plain text.
    requireTLS: !isSecure && !isSecureUrl(`http://${host}`),
    auth: { user, pass: password },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  try {
    await transport.verify();
    return ok('mail-smtp', `${host}:${port} accepts the log-in of ${quoted(user)}.`);
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string };
    const observed = `${host}:${port} does not accept the log-in of ${quoted(user)}: ${quoted(message)}`;
    return problem('mail-smtp', observed.replace(/\.?$/, '.'), FIXES[code] ?? UNREACHABLE, SEE.smtp);
  } finally {
    transport.close();
  }
}

const UNREACHABLE = 'Check host and port, and whether a firewall blocks the port.';
/** By the codes of nodemailer's errors. */
const FIXES: Readonly<Record<string, string>> = {
  EAUTH: 'Check the user and the password of the mail server.',
  ETLS: 'Use smtps:// with the port for TLS, which often is 465.',
};
