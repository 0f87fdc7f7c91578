import type { UserId } from '../../../lib/core/types.ts';
import { createTables, LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb } from '../../../lib/dynamodb/client.ts';
import { usersCommand } from '../../../lib/tools/operator/users-command.ts';
import { ManualClock, startTestDatabase, storesOn, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { byLink, consume, newCode, signUpByCode } from '../../fixtures/passwordless.ts';
import { typed } from '../../fixtures/typed-terminal.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail, somePhoneNumber } from '../../fixtures/users.ts';

let server: TestDatabase;
let database: Pick<TestDatabase, 'db' | 'store' | 'userStores'> & { readonly table: string };
let core: TestCore;
let stage = 0;

/** The least that Argon2 takes, so that the tests are fast. */
const CHEAP = { ARGON2_MEMORY_KB: '16' };

beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const names = tableNames(await serviceName(), `s${++stage}`);
  await createTables(server.endpoint, names);
  const db = createDynamoDb({ endpoint: server.endpoint, region: LOCAL_REGION });
  database = { db, ...storesOn(db, names), table: names.coreUsers };
  core = makeUserCore(database, { clock: new ManualClock(Date.now()) });
});

const onStage = (args: readonly string[]) => [...args, '--stage', `s${stage}`, '--endpoint', server.endpoint];
const command = usersCommand(CHEAP);
const run = (...args: string[]) => typed(command, onStage(args));
/** With the lines of a standard input that is no terminal. */
const runWith = (lines: readonly string[], ...args: string[]) =>
  typed((given, terminal) => command(given, { ...terminal, isInteractive: false }), onStage(args), lines);
const runJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).output);

const PASSWORD = 'correct horse 1';

async function signUp(email: string = someEmail()): Promise<{ readonly id: string; readonly email: string }> {
  const id = idIn(await core.ask('/recipe/signup', { email, password: PASSWORD }));
  core.clock.advance(1000);
  return { id, email };
}

const signIn = async (email: string, password = PASSWORD): Promise<unknown> =>
  (await core.ask('/recipe/signin', { email, password })).json.status;

async function newRole(role: string): Promise<void> {
  await core.ask('/recipe/role', { role }, { method: 'PUT' });
}

describe('list', () => {
  test('prints the newest users first, with their emails', async () => {
    const [first, second] = [await signUp(), await signUp()];
    const { code, output } = await run('list');
    expect(code).toBe(0);
    const [heading, ...rows] = output.trimEnd().split('\n');
    expect(heading).toMatch(/^USER +JOINED +RECIPE +E-MAIL IS +E-MAIL, PHONE, PROVIDER$/);
    expect(rows).toEqual([
      expect.stringMatching(new RegExp(`^${second.id} +\\d{4}-.*Z +emailpassword +unverified +${second.email}$`)),
      expect.stringMatching(new RegExp(`^${first.id} .*${first.email}$`)),
    ]);
  });

  test('reads page after page up to the limit, and says that there are more', async () => {
    const made = [];
    for (let count = 0; count < 3; count++) made.push((await signUp()).id);
    const ids = async (limit: number) => {
      const { users, isAll } = await runJson('list', '--limit', String(limit));
      return [users.map(({ userId }: { userId: string }) => userId), isAll];
    };
    expect(await ids(2)).toEqual([made.toReversed().slice(0, 2), false]);
    expect(await ids(3)).toEqual([made.toReversed(), true]);
    expect(await ids(700)).toEqual([made.toReversed(), true]);
    expect((await run('list', '--limit', '2')).errors).toContain(
      'There are more than 2 users. Use --limit to list more.',
    );
  });

  test('with a text, those whose email or its domain begins so', async () => {
    const anna = await signUp('anna@one.example');
    const bert = await signUp('bert@one.example');
    await signUp('carl@two.example');
    const found = async (text: string) =>
      (await runJson('list', text)).users.map(({ userId }: { userId: string }) => userId);
    expect(await found('anna')).toEqual([anna.id]);
    expect(await found('one.ex')).toEqual([bert.id, anna.id]);
    expect(await found('nobody')).toEqual([]);
  });

  test('does not let an email control the terminal', async () => {
    await signUp('a\u001b[2J@example.com');
    expect((await run('list')).output).toMatch(/a\ufffd\[2j@example.com/);
  });
});

describe('a user whose texts could control the terminal', () => {
  /** The terminal's title, a cleared screen, a hidden end, and an answer to the question. */
  const EVIL = 'a\u001b]0;b\u0007\u009b2j\u007f\u202e\u2028\nproceed? y@example.com';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/;

  test.each(
    [
      ['list'],
      ['list', '--json'],
      ['show', 'ID'],
      ['show', 'ID', '--json'],
      ['verify-email', 'ID'],
      ['verify-email', 'ID', '--json'],
      ['roles'],
      ['roles', 'ID'],
      ['roles', 'ID', '--json'],
      ['roles', 'ID', '--add', 'TEXT'],
      ['show', 'TEXT'],
      ['show', '--email', 'TEXT'],
      ['delete', 'ID'],
    ].map((args) => [args] as const),
  )('does not at %j', async (args) => {
    const { id } = await signUp(EVIL);
    await newRole(EVIL);
    await core.ask('/recipe/user/role', { userId: id, role: EVIL }, { method: 'PUT' });
    await core.ask('/recipe/user/metadata', { userId: id, metadataUpdate: { a: EVIL } }, { method: 'PUT' });
    const { output, errors } = await typed(command, onStage(args.map((arg) => ({ ID: id, TEXT: EVIL })[arg] ?? arg)), [
      'no',
    ]);
    expect(output + errors).not.toMatch(CONTROLS);
    if (args.includes('--json'))
      expect(JSON.stringify(JSON.parse(output))).toContain(JSON.stringify(EVIL).slice(1, -1));
    // The question, with its answer, stays in one line.
    if (args[0] === 'delete') expect(errors.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('show', () => {
  test('prints login method, roles and metadata, by the id, the external id or the email', async () => {
    const { id, email } = await signUp();
    await core.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId: 'ext-1' });
    await newRole('admin');
    await core.ask('/recipe/user/role', { userId: 'ext-1', role: 'admin' }, { method: 'PUT' });
    await core.ask('/recipe/user/metadata', { userId: 'ext-1', metadataUpdate: { a: 1 } }, { method: 'PUT' });
    for (const args of [[id], ['ext-1'], ['--email', ` ${email.toUpperCase()}`]]) {
      const { code, output } = await run('show', ...args);
      expect(code).toBe(0);
      expect(output).toMatch(/^User +ext-1$/m);
      expect(output).toMatch(new RegExp(`^Logs in by +emailpassword, ${email} \\(unverified\\)$`, 'm'));
      expect(output).toMatch(/^Roles +admin$/m);
      expect(output).toMatch(/^Metadata +\{"a":1\}$/m);
    }
    expect(await runJson('show', id)).toEqual({
      userId: 'ext-1',
      joined: expect.any(Number),
      loginMethods: [{ recipeId: 'emailpassword', email, isVerified: false }],
      roles: ['admin'],
      metadata: { a: 1 },
    });
  });

  test.each([['show'], ['delete', '--yes'], ['verify-email'], ['set-password'], ['roles']])(
    '%s of an unknown user ends with 3',
    async (action, ...options) => {
      const { code, output, errors } = await run(action, 'no-such-user', ...options);
      expect({ code, output }).toEqual({ code: 3, output: '' });
      expect(errors).toContain('There is no user no-such-user in stage');
      const byEmail = await run(action, '--email', 'no-such@example.com', ...options);
      expect((await run(action, 'no-such@example.com', ...options)).errors).toMatch(
        /There is no user no-such@example\.com in stage .*\. To find a user by an e-mail, use --email\./,
      );
      expect(byEmail).toMatchObject({ code: 3, output: '' });
      expect(byEmail.errors).toContain('There is no user with the e-mail no-such@example.com in stage');
    },
  );
});

describe('create', () => {
  test('makes a user who can sign in with the password from the standard input', async () => {
    const email = someEmail();
    const { code, output } = await runWith([PASSWORD], 'create', email);
    expect(code).toBe(0);
    const [row] = await database.userStores.users.listByEmail(email);
    expect(output).toContain(`Created ${row?.id} in stage`);
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=2\$/);
    expect(await signIn(email)).toBe('OK');
  });

  test('asks twice at a terminal, and changes nothing if the two differ', async () => {
    const email = someEmail();
    const differ = await typed(command, onStage(['create', email]), [PASSWORD, 'another']);
    expect(differ).toMatchObject({ code: 1, errors: expect.stringContaining('The two passwords differ') });
    expect(await database.userStores.users.listByEmail(email)).toEqual([]);
    expect((await typed(command, onStage(['create', email]), [PASSWORD, PASSWORD])).code).toBe(0);
    expect(await signIn(email)).toBe('OK');
  });

  test('rejects a taken e-mail, an empty password, and a text that is no e-mail address', async () => {
    const { email } = await signUp();
    expect(await runWith([PASSWORD], 'create', email)).toMatchObject({
      code: 1,
      errors: expect.stringContaining(`has the e-mail ${email} already`),
    });
    expect((await runWith([''], 'create', someEmail())).code).toBe(2);
    expect((await runWith([], 'create', someEmail())).code).toBe(1);
    expect((await runWith([PASSWORD], 'create', 'no address')).code).toBe(2);
  });
});

describe('A password that the sign-up would reject', () => {
  const WEAK = ['short 1', 'without a digit', '12345678', 'x1'.repeat(50)];

  test.each(WEAK)('%s is rejected by create and set-password, which change nothing', async (password) => {
    const email = someEmail();
    const rejected = {
      code: 2,
      errors: expect.stringMatching(/^Password.*\. lib\/app\/recipes\.ts decides which passwords are accepted\.$/m),
    };
    expect(await runWith([password], 'create', email)).toMatchObject(rejected);
    expect(await database.userStores.users.listByEmail(email)).toEqual([]);
    const { id, email: email2 } = await signUp();
    expect(await runWith([password], 'set-password', id)).toMatchObject(rejected);
    expect(await signIn(email2)).toBe('OK');
  });

  test("is the one that the application's own validator rejects", async () => {
    jest.resetModules();
    const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
    const validate = async (value: unknown) => (String(value).length < 15 ? 'Password is too short' : undefined);
    const formFields = [{ id: 'password', validate }];
    jest.doMock('../../../lib/app/recipes.ts', () => ({
      recipeList: [EmailPassword.init({ signUpFeature: { formFields } })],
    }));
    const { faultOfPassword } = await import('../../../lib/tools/operator/password-policy.ts');
    expect(await faultOfPassword('letters and 1')).toBe('Password is too short');
    expect(await faultOfPassword('fifteen letters')).toBeUndefined();
  });
});

describe('Users of providers and of codes', () => {
  const signInUp = async (email: string) => {
    const body = { thirdPartyId: 'google', thirdPartyUserId: `g-${email}`, email: { id: email, isVerified: true } };
    return idIn(await core.ask('/recipe/signinup', body));
  };

  test('are listed and shown with the provider and the phone number', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const [google, phone] = [await signInUp(email), await signUpByCode(core, { phoneNumber })];
    const { output } = await run('list');
    expect(output).toMatch(new RegExp(`^${google} .* thirdparty +verified +${email}, google g-${email}$`, 'm'));
    expect(output).toMatch(new RegExp(`^${phone} +\\S+ +passwordless +\\${phoneNumber}$`, 'm'));
    expect((await run('show', google)).output).toMatch(
      new RegExp(`^Logs in by +thirdparty, ${email} \\(verified\\), google g-${email}$`, 'm'),
    );
    expect((await run('show', '--phone', phoneNumber)).output).toMatch(
      new RegExp(`^Logs in by +passwordless, \\${phoneNumber}$`, 'm'),
    );
    expect((await runJson('list')).users.map(({ loginMethods }: { loginMethods: unknown }) => loginMethods)).toEqual(
      expect.arrayContaining([
        [
          {
            recipeId: 'thirdparty',
            email,
            thirdParty: { id: 'google', userId: `g-${email}` },
            isVerified: true,
          },
        ],
        [{ recipeId: 'passwordless', phoneNumber, isVerified: true }],
      ]),
    );
  });

  test('are found by the beginning of the phone number, and by the provider', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    const [google, phone] = [await signInUp(email), await signUpByCode(core, { phoneNumber })];
    const ids = async (...args: string[]) =>
      (await runJson('list', ...args)).users.map(({ userId }: { userId: string }) => userId);
    expect(await ids(phoneNumber.slice(0, -1))).toEqual([phone]);
    expect(await ids('--provider', 'google')).toEqual([google]);
    expect(await ids(email, '--provider', 'google')).toEqual([google]);
    expect(await ids(email, '--provider', 'github')).toEqual([]);
  });

  test('are created who log in by codes, once for each email and phone number', async () => {
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    expect((await run('create', email, '--passwordless')).code).toBe(0);
    expect((await run('create', phoneNumber)).code).toBe(0);
    const signedIn = await consume(core, byLink(await newCode(core, { email })));
    expect(signedIn.json).toMatchObject({ createdNewUser: false, user: { loginMethods: [{ verified: true }] } });
    expect(await run('create', email, '--passwordless')).toMatchObject({
      code: 1,
      errors: expect.stringContaining(`has the e-mail ${email} already`),
    });
    expect(await run('create', ` ${phoneNumber.replace('650', ' 650 ')}`.trim())).toMatchObject({
      code: 1,
      errors: expect.stringContaining('has the phone number'),
    });
    expect((await run('create', 'no address', '--passwordless')).code).toBe(2);
    expect(await run('create', '+49151')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('+49151 is not a valid phone number.'),
    });
  });

  test('are deleted by the phone number, which the question names', async () => {
    const phoneNumber = somePhoneNumber();
    const id = await signUpByCode(core, { phoneNumber });
    const { code, errors } = await typed(command, onStage(['delete', '--phone', phoneNumber]), ['y']);
    expect(code).toBe(0);
    expect(errors).toContain(`Delete ${id}, ${phoneNumber}, with everything of this user`);
    const again = await run('delete', '--phone', phoneNumber, '--yes');
    expect(again).toMatchObject({ code: 3 });
    expect(again.errors).toContain(`There is no user with the phone number ${phoneNumber}`);
  });
});

describe('delete', () => {
  test('removes the user with sessions, roles and metadata', async () => {
    const { id, email } = await signUp();
    await newRole('admin');
    await core.ask('/recipe/user/role', { userId: id, role: 'admin' }, { method: 'PUT' });
    await core.ask('/recipe/session', { userId: id, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });
    expect(await runJson('delete', id, '--yes')).toEqual({ deleted: id });
    expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
    expect(await database.store.sessions.list(id as UserId, core.clock.time)).toEqual([]);
    expect((await core.ask('/recipe/role/users?role=admin')).json.users).toEqual([]);
    expect((await run('show', id)).code).toBe(3);
  });

  test('asks first, and needs --yes without a terminal', async () => {
    const { id, email } = await signUp();
    expect((await run('delete', id)).code).toBe(2);
    expect((await typed(command, onStage(['delete', id]), ['n'])).code).toBe(1);
    expect(await signIn(email)).toBe('OK');
    const { code, errors } = await typed(command, onStage(['delete', id]), ['y']);
    expect(code).toBe(0);
    expect(errors).toContain(`Delete ${id}, ${email}, with everything of this user, in stage`);
    expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  });
});

describe('verify-email', () => {
  test('verifies the email, and says if it was verified before', async () => {
    const { id, email } = await signUp();
    const pending = (await core.ask('/recipe/user/email/verify/token', { userId: id, email })).json.token;
    expect((await run('verify-email', id)).output).toContain(`${email} is verified now`);
    expect((await core.ask(`/recipe/user/email/verify?userId=${id}&email=${email}`)).json.isVerified).toBe(true);
    expect(await runJson('verify-email', id)).toEqual({ userId: id, email, wasVerified: true });
    const used = await core.ask('/recipe/user/email/verify', { method: 'token', token: String(pending) });
    expect(used.json.status).toBe('EMAIL_VERIFICATION_INVALID_TOKEN_ERROR');
  });

  test('verifies it for the external id, by which the user is known', async () => {
    const { id, email } = await signUp();
    await core.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId: 'ext-2' });
    expect((await run('verify-email', id)).code).toBe(0);
    expect((await core.ask(`/recipe/user/email/verify?userId=ext-2&email=${email}`)).json.isVerified).toBe(true);
    expect((await run('list')).output).toMatch(/^ext-2 .* verified /m);
  });
});

test('set-password replaces the password, and leaves sessions alone', async () => {
  const { id, email } = await signUp();
  await core.ask('/recipe/session', { userId: id, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });
  const { code, output, errors } = await runWith(['  another horse 2'], 'set-password', '--email', email);
  expect(code).toBe(0);
  expect(output).toContain(`Replaced the password of ${id}`);
  expect(errors).toContain(`npm run sessions -- revoke-all ${id}`);
  expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  expect(await signIn(email, '  another horse 2')).toBe('OK');
  expect(await database.store.sessions.list(id as UserId, core.clock.time)).toHaveLength(1);
});

describe('roles', () => {
  test('are given and taken, and printed', async () => {
    const { id } = await signUp();
    for (const role of ['admin', 'editor']) await newRole(role);
    expect((await run('roles')).output).toBe('admin\neditor\n');
    expect(await runJson('roles', id, '--add', 'admin', '--add', ' editor')).toEqual({
      userId: id,
      roles: ['admin', 'editor'],
    });
    expect(await run('roles', id, '--remove', 'admin')).toMatchObject({
      output: 'editor\n',
      errors: expect.stringContaining('Existing sessions keep their old roles until the next sign-in.'),
    });
    expect((await core.ask(`/recipe/user/roles?userId=${id}`)).json.roles).toEqual(['editor']);
    await run('roles', id, '--remove', 'editor');
    expect(await run('roles', id)).toMatchObject({ code: 0, output: '', errors: expect.stringContaining('no roles') });
  });

  test('that there are not change nothing, and end with 3', async () => {
    const { id } = await signUp();
    await newRole('admin');
    const { code, errors } = await run('roles', id, '--add', 'admin', '--add', 'ghost', '--remove', 'no-role');
    expect(code).toBe(3);
    expect(errors).toContain('There is no role ghost, no-role in stage');
    expect((await runJson('roles', id)).roles).toEqual([]);
    expect((await run('roles', id, '--add', 'ghost', '--remove', 'no-role', '--create')).code).toBe(3);
    expect((await runJson('roles')).roles).toEqual(['admin']);
  });

  test('--create makes those that are given', async () => {
    const { id } = await signUp();
    expect((await runJson('roles', id, '--add', 'first', '--create')).roles).toEqual(['first']);
    expect((await core.ask('/recipe/role/users?role=first')).json.users).toEqual([id]);
  });
});

test('no output has a hash of a password, nor a token', async () => {
  const { id, email } = await signUp();
  await newRole('admin');
  const outputs = [
    await run('list', '--json'),
    await run('show', id),
    await run('show', id, '--json'),
    await run('verify-email', id, '--json'),
    await runWith(['another horse 2'], 'set-password', id, '--json'),
    await run('roles', id, '--add', 'admin'),
    await runWith([PASSWORD], 'create', someEmail(), '--json'),
    await run('delete', id, '--yes', '--json'),
  ].map(({ code, output, errors }) => ({ code, text: output + errors }));
  expect(outputs.map(({ code }) => code)).toEqual(outputs.map(() => 0));
  const [row] = await database.userStores.users.listByEmail(email as never);
  expect(row).toBeUndefined();
  for (const { text } of outputs) expect(text).not.toMatch(/argon2|horse|[A-Za-z0-9_-]{64,}/);
});

describe('Wrong usage ends with 2:', () => {
  test.each([
    [[], 'Name an action: list, show, create, delete, verify-email, set-password, roles.'],
    [['lists'], 'There is no action lists.'],
    [['show'], 'show needs a user.'],
    [['create'], 'create needs an e-mail or a phone number.'],
    [['create', '--phone', '+1'], 'create takes no --phone.'],
    [['show', '--provider', 'google'], 'show needs a user.'],
    [['show', 'a', '--provider', 'google'], 'Only list takes --provider.'],
    [['show', 'a', '--passwordless'], 'Only create takes --passwordless.'],
    [['show', '--email', 'a@example.com', '--phone', '+1'], 'show takes only one name.'],
    [['create', 'a@example.com', 'b@example.com'], 'create takes only one e-mail.'],
    [['show', 'a', 'b'], 'show takes only one name.'],
    [['show', 'a', '--email', 'a@example.com'], 'show takes only one name.'],
    [['show', ''], 'A name must not be empty.'],
    [['list', '--email', 'a@example.com'], 'list takes no --email.'],
    [['list', '--limit', '0'], '--limit takes a whole number'],
    [['roles', '--add', 'admin'], 'Only roles USER takes --add and --remove.'],
    [['show', 'a', '--add', 'admin'], 'Only roles USER takes --add and --remove.'],
    [['roles', 'a', '--create'], '--create needs --add.'],
    [['show', 'a', '--password', 'x'], '--password'],
  ])('%j', async (args, message) => {
    const { code, output, errors } = await run(...args);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(message);
  });
});

describe('Failures are explained without a stack:', () => {
  test('a stage that is not deployed', async () => {
    const args = ['list', '--stage', 'nowhere', '--endpoint', server.endpoint];
    const { code, errors } = await typed(command, args);
    expect(code).toBe(1);
    expect(errors).toContain('There is no such table in stage nowhere');
    expect(errors).not.toMatch(/^ +at /m);
  });

  test('a faulty setting of the hashes', async () => {
    const { code, errors } = await typed(usersCommand({ ARGON2_MEMORY_KB: 'much' }), onStage(['list']));
    expect(code).toBe(1);
    expect(errors).toContain('ARGON2_MEMORY_KB');
  });

  test('a core without a table for users', async () => {
    const environment = {
      DYNAMODB_ENDPOINT: server.endpoint,
      SESSIONS_TABLE: 'sessions',
      KEYS_TABLE: 'keys',
      PUBLISHED_KEYS_TABLE: 'published',
    };
    const { code, errors } = await typed(usersCommand(environment), ['list', '--core']);
    expect(code).toBe(1);
    expect(errors).toContain('set CORE_USERS_TABLE');
  });
});
