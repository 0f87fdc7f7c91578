import { SUBJECTS } from '../../../lib/tools/doctor/finding.ts';
import { jsonAnswer } from './breakable-service.ts';
import { findingsAt, startedForTests } from './diagnose.ts';

const started = startedForTests();
const login = { absent: 'No user to log in.' };
const findingsOfUsers = async () =>
  (await findingsAt(started.service, { login })).filter(({ id }) =>
    (SUBJECTS['sign-in routes'] as readonly string[]).includes(id),
  );

test('the sign-in routes are asked for what changes nothing, and each says what it answered', async () => {
  const sent: string[] = [];
  started.service.fault = {
    request: ({ method, path }) => void (/sign|reset|verify/.test(path) && method !== 'OPTIONS' && sent.push(path)),
  };
  expect(await findingsOfUsers()).toEqual([
    { id: 'email-exists', level: 'ok', observed: expect.stringMatching(/responds with OK\.$/) },
    { id: 'sign-in', level: 'ok', observed: 'POST /auth/signin responds with FIELD_ERROR.' },
    { id: 'password-reset', level: 'ok', observed: expect.stringMatching(/ RESET_PASSWORD_INVALID_TOKEN_ERROR\.$/) },
    {
      id: 'email-verification',
      level: 'ok',
      observed: expect.stringMatching(/ EMAIL_VERIFICATION_INVALID_TOKEN_ERROR\.$/),
    },
  ]);
  expect(sent).not.toContainEqual(expect.stringMatching(/signup$|token$/));
});

test('routes of recipes that the service does not list are no fault', async () => {
  started.service.fault = {
    instead: ({ path }) => (/signin|signup|user\//.test(path) ? jsonAnswer(404, { message: 'Not Found' }) : undefined),
  };
  for (const finding of await findingsOfUsers()) {
    expect(finding).toMatchObject({ level: 'skipped', observed: expect.stringContaining('lib/app/recipes.ts lacks') });
  }
});

test('a route that rejects because of its limit is no fault', async () => {
  started.service.fault = {
    instead: ({ path }) => (path.includes('exists') ? jsonAnswer(429, { message: 'Too many attempts.' }) : undefined),
  };
  expect((await findingsOfUsers())[0]).toMatchObject({
    level: 'skipped',
    observed: expect.stringContaining('limited'),
  });
});
