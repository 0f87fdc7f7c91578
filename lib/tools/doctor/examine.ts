import type { Millis } from '../../core/types.ts';
import { addressFindings } from './addresses.ts';
import { examineAnswers, examinePreflights, foreignOriginFinding } from './cors.ts';
import { examineDiscovery, examineJwks } from './documents.ts';
import { Examination } from './examination.ts';
import { type Finding, SUBJECTS, skipped } from './finding.ts';
import { examineMail, type MailOrder } from './mail.ts';
import { type Ask, createProbe } from './probe.ts';
import { examineReach, protectionFinding, unknownPathFinding } from './service.ts';
import { examineSessions, type Known, type SessionOrder } from './sessions.ts';
import { type SmtpOrder, smtpFinding } from './smtp.ts';
import type { Target } from './target.ts';
import { examineUserRoutes } from './user-routes.ts';

export interface Order extends SessionOrder {
  /** Or why mail is not checked. */
  readonly mail: MailOrder | { readonly absent: string };
  /** Or why no mail server is checked. */
  readonly smtp: SmtpOrder | { readonly absent: string };
  /** How long one question may take, ms. */
  readonly timeout: Millis;
  readonly fetch: typeof fetch;
  readonly clock: () => Millis;
}

export interface Diagnosis {
  readonly target: Target;
  /** Whether anything answered at all. */
  readonly isReachable: boolean;
  readonly findings: readonly Finding[];
}

/** Examines a service from outside, as browsers and authorizers see it. It changes nothing but sessions of its own. */
export async function examine(order: Order): Promise<Diagnosis> {
  const { target, timeout, fetch, clock } = order;
  const ask = createProbe({ url: `${target.api}${target.gatewayPath}`, fetch, clock, timeout });
  const examination = new Examination();
  for (const finding of addressFindings(target)) examination.report(finding);
  const reach = await examineReach(ask, target, examination.report);
  if (reach.kind === 'ours') {
    const known = { ...(await examineDocuments(examination, ask, target)), health: reach.health };
    await examineBrowserRules(examination, ask, target);
    await examineUserRoutes(examination, ask, target);
    await examineMail(examination, order.mail);
    const { smtp } = order;
    examination.report('absent' in smtp ? skipped('mail-smtp', smtp.absent) : await smtpFinding(smtp));
    await examineSessions(examination, ask, order, known);
  }
  return { target, isReachable: reach.kind !== 'unreachable', findings: examination.inOrder() };
}

/** First, and one after the other: API Gateway may meet a cold start too. */
async function examineDocuments(examination: Examination, ask: Ask, target: Target): Promise<Omit<Known, 'health'>> {
  return {
    issuer: await examination.look(SUBJECTS.discovery, (report) => examineDiscovery(ask, target, report)),
    keys: await examination.look(SUBJECTS.JWKS, (report) => examineJwks(ask, target, report)),
  };
}

/** One after the other too: at once they would each start a function of their own. */
async function examineBrowserRules(examination: Examination, ask: Ask, target: Target): Promise<void> {
  await examination.look(['unknown-path'], async (report) => report(await unknownPathFinding(ask)));
  await examination.look(['protected-route'], async (report) => report(await protectionFinding(ask, target)));
  await examination.look(SUBJECTS.preflights, (report) => examinePreflights(ask, target, report));
  await examination.look(SUBJECTS['answers to the website'], (report) => examineAnswers(ask, target, report));
  await examination.look(SUBJECTS['other origins'], async (report) => report(await foreignOriginFinding(ask, target)));
}
