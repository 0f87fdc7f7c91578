import type { Examination, Report } from './examination.ts';
import { type Finding, type FindingId, ok, problem, quoted, SEE, skipped, warning } from './finding.ts';
import type { ReadSes, SesAnswer } from './ses.ts';

const OF_SES = ['mail-account', 'mail-sender', 'mail-bounces'] as const;

/** The sender of the service's mails, and Amazon SES in its region. */
export interface MailOrder {
  /** As `MAIL_FROM` should be. */
  readonly from: string;
  /** As `MAIL_REGION` should be. */
  readonly region: string;
  /** @throws Error if there are no credentials */
  readonly connect: () => Promise<ReadSes>;
}

/**
 * Checks whether Amazon SES accepts mails from the sender, delivers them to every address, and reports bounces. It sends no
 * mail. What the credentials do not permit is skipped.
 */
export async function examineMail(
  examination: Examination,
  mail: MailOrder | { readonly absent: string },
): Promise<void> {
  if ('absent' in mail) {
    examination.skip(OF_SES, mail.absent);
    return;
  }
  const { report } = examination;
  const read = await connected(mail, report);
  if (read === undefined) {
    examination.skip(OF_SES, 'Needs AWS credentials.');
    return;
  }
  try {
    report(accountFinding(mail, await read('/v2/email/account')));
    await examineSender(mail, read, report);
  } catch (error) {
    const observed = `Amazon SES in ${mail.region} does not respond: ${quoted(wordsOf(error))}.`;
    report(problem('mail-account', observed, 'Check MAIL_REGION and this machine’s network.', SEE.mail));
  }
  examination.skip(OF_SES, 'Not checked because of an earlier finding on mail.');
}

async function connected({ connect }: MailOrder, report: Report): Promise<ReadSes | undefined> {
  try {
    return await connect();
  } catch (error) {
    report(skipped('mail-account', `Needs AWS credentials: ${quoted(wordsOf(error))}.`));
    return undefined;
  }
}

const wordsOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return (code ?? message ?? String(error)).replace(/\.$/, '');
};

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html */
function accountFinding({ region }: MailOrder, answer: SesAnswer): Finding {
  const id = 'mail-account';
  const { ProductionAccessEnabled: isInProduction, SendingEnabled: isSending, EnforcementStatus: health } = answer.json;
  if (answer.status !== 200) return unreadable(id, 'ses:GetAccount', answer);
  if (isSending !== true || health === 'SHUTDOWN') {
    const fix = 'Open the SES console in this region. It says why AWS stopped the account, and how to appeal.';
    return problem(id, `Amazon SES in ${region} sends no mail for this account (${String(health)}).`, fix, SEE.mail);
  }
  if (isInProduction !== true) {
    const observed = `The account is in the sandbox of Amazon SES in ${region}: mails reach verified addresses only.`;
    return warning(id, observed, 'Ask AWS for production access, in the SES console of this region.', SEE.mail);
  }
  if (health === 'PROBATION') {
    const observed = `Amazon SES in ${region} reviews this account, because too many mails bounced or were complaints.`;
    return warning(id, observed, 'Open the SES console in this region, and answer the review.', SEE.mail);
  }
  return ok(id, `Amazon SES in ${region} sends mails of this account to every address.`);
}

async function examineSender(mail: MailOrder, read: ReadSes, report: Report): Promise<void> {
  const { from, region } = mail;
  let unverified: string | undefined;
  for (const identity of identitiesOf(from)) {
    const answer = await read(`/v2/email/identities/${encodeURIComponent(identity)}`);
    if (answer.status === 200 && answer.json.VerifiedForSendingStatus === true) {
      report(ok('mail-sender', `Amazon SES in ${region} has verified ${identity}.`));
      report(await bounceFinding(identity, answer, read));
      return;
    }
    if (answer.status === 200) unverified ??= identity;
    else if (answer.status !== 404) {
      report(unreadable('mail-sender', 'ses:GetEmailIdentity', answer));
      return;
    }
  }
  report(senderFault(mail, unverified));
}

/** An address, its domain, and the domains above: SES takes a domain for every address below it. */
function identitiesOf(address: string): string[] {
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  return [address, ...labels.slice(0, -1).map((_label, index) => labels.slice(index).join('.'))];
}

function senderFault({ from, region }: MailOrder, unverified: string | undefined): Finding {
  if (unverified !== undefined) {
    const fix = unverified.includes('@')
      ? `Follow the link that SES has sent to ${unverified}.`
      : `Add the DKIM records that SES shows for ${unverified} to its DNS.`;
    return problem('mail-sender', `Amazon SES in ${region} has not verified ${unverified} yet.`, fix, SEE.mail);
  }
  const observed = `Amazon SES in ${region} knows neither ${from} nor its domain.`;
  return problem(
    'mail-sender',
    observed,
    'Verify the domain there, or set MAIL_REGION to the region that has it.',
    SEE.mail,
  );
}

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html */
async function bounceFinding(identity: string, { json }: SesAnswer, read: ReadSes): Promise<Finding> {
  const id = 'mail-bounces';
  const { ConfigurationSetName: set, FeedbackForwardingStatus: isForwarded } = json;
  if (typeof set === 'string') {
    const answer = await read(`/v2/email/configuration-sets/${encodeURIComponent(set)}/event-destinations`);
    if (answer.status !== 200) return unreadable(id, 'ses:GetConfigurationSetEventDestinations', answer);
    if (reportsBounces(answer.json.EventDestinations)) {
      return ok(id, `The configuration set ${quoted(set)} of ${identity} publishes bounces and complaints.`);
    }
  }
  const observed =
    isForwarded === true
      ? `SES reports bounces and complaints of ${identity} by mail to the sender alone.`
      : `SES reports no bounces and complaints of ${identity}.`;
  const fix = 'Give the identity a default configuration set with an event destination for bounces and complaints.';
  return warning(id, observed, fix, SEE.bounces);
}

interface EventDestination {
  readonly Enabled?: boolean;
  readonly MatchingEventTypes?: readonly string[];
}

function reportsBounces(destinations: unknown): boolean {
  const enabled = Array.isArray(destinations)
    ? (destinations as EventDestination[]).filter(({ Enabled }) => Enabled)
    : [];
  const published = enabled.flatMap(({ MatchingEventTypes = [] }) => MatchingEventTypes);
  return published.includes('BOUNCE') && published.includes('COMPLAINT');
}

function unreadable(id: FindingId, permission: string, { status, json }: SesAnswer): Finding {
  const said = json.message ?? json.Message;
  const why = status === 403 ? `These credentials may not call ${permission}` : `${permission} responds with ${status}`;
  return skipped(id, `${why}${typeof said === 'string' ? `: "${quoted(said)}"` : ''}.`);
}
