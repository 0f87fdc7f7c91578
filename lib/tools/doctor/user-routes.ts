import { EMAIL_EXISTS, SIGN_IN } from '../../http/sdk-routes.ts';
import type { Examination } from './examination.ts';
import { type Finding, type FindingId, ok, problem, SEE, SUBJECTS, skipped } from './finding.ts';
import type { Answer, Ask, Question } from './probe.ts';
import { inShort, STARTED_BUT_ALONE } from './service.ts';
import type { Target } from './target.ts';

type UserRouteId = (typeof SUBJECTS)['sign-in routes'][number];

interface UserRoute {
  readonly recipe: 'EmailPassword' | 'EmailVerification';
  /** Changes nothing and sends no mail. */
  readonly question: Question;
}

/** No link has this token. */
const WRONG_TOKEN = { method: 'token', token: 'doctor' };

/** SuperTokens' routes for users, below the API base path. */
const ROUTES: Readonly<Record<UserRouteId, UserRoute>> = {
  'email-exists': {
    recipe: 'EmailPassword',
    question: { path: `${EMAIL_EXISTS}?email=doctor@example.com` },
  },
  'sign-in': { recipe: 'EmailPassword', question: { method: 'POST', path: SIGN_IN, body: { formFields: [] } } },
  'password-reset': {
    recipe: 'EmailPassword',
    question: {
      method: 'POST',
      path: '/user/password/reset',
      body: { ...WRONG_TOKEN, formFields: [{ id: 'password', value: 'doctor 123456' }] },
    },
  },
  'email-verification': {
    recipe: 'EmailVerification',
    question: { method: 'POST', path: '/user/email/verify', body: WRONG_TOKEN },
  },
};

/** Checks whether SuperTokens' routes for users respond. A route that does not exist is skipped. */
export async function examineUserRoutes(examination: Examination, ask: Ask, { basePath }: Target): Promise<void> {
  for (const id of SUBJECTS['sign-in routes']) {
    const { recipe, question } = ROUTES[id];
    await examination.look([id], async (report) =>
      report(routeFinding(id, recipe, await ask({ ...question, path: `${basePath}${question.path}` }))),
    );
  }
}

function routeFinding(id: FindingId, recipe: UserRoute['recipe'], answer: Answer): Finding {
  const { asked, status, json } = answer;
  if (status === 200 && typeof json?.status === 'string') return ok(id, `${asked} responds with ${json.status}.`);
  const observed = `${asked} responds with ${inShort(answer)}.`;
  if (status === 404 && typeof json?.message === 'string') {
    return skipped(
      id,
      `${asked} does not exist: lib/app/recipes.ts lacks the recipe ${recipe}, or turns the route off.`,
    );
  }
  if (status === 429) return skipped(id, `${observed} Attempts are limited in windows of 15 minutes.`);
  if (status === 503) return problem(id, observed, STARTED_BUT_ALONE, SEE.users);
  return problem(id, observed, 'Read the log of the function user: its tables, role, memory and recipes.', SEE.users);
}
