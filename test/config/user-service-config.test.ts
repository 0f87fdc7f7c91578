import { readUserServiceConfig } from '../../lib/config/user-service-config.ts';

const TABLES = { CORE_USERS_TABLE: 'core-users', USERS_TABLE: 'users' };
const ANOTHER_CORE = { SUPERTOKENS_CONNECTION_URI: 'https://core.example.com' };
const LIFETIMES = { PASSWORD_RESET_TOKEN_LIFETIME: '900000', EMAIL_VERIFICATION_TOKEN_LIFETIME: '1800000' };

describe('the attempts of a source address', () => {
  const attempts = (value?: string): number =>
    readUserServiceConfig({ ...TABLES, ...(value !== undefined && { ATTEMPTS_PER_SOURCE: value }) }).attemptsPerSource;

  test('are 100, or as many as you set', () => {
    expect(attempts()).toBe(100);
    expect(attempts('1000')).toBe(1000);
  });

  test.each(['9', '100001', '1.5', 'many'])('cannot be %s', (value) => {
    expect(() => attempts(value)).toThrow('ATTEMPTS_PER_SOURCE must be a whole number from 10 to 100000');
  });
});

describe('the lifetimes that mails name', () => {
  test.each([
    ['the built-in core: its defaults', {}, { passwordReset: 3_600_000, emailVerification: 86_400_000 }],
    ['the built-in core: its settings', LIFETIMES, { passwordReset: 900_000, emailVerification: 1_800_000 }],
    ['another core: unknown', ANOTHER_CORE, { passwordReset: undefined, emailVerification: undefined }],
    [
      'another core whose settings the variables repeat',
      { ...ANOTHER_CORE, ...LIFETIMES },
      { passwordReset: 900_000, emailVerification: 1_800_000 },
    ],
  ])('of %s', (_core, environment, lifetimes) => {
    expect(readUserServiceConfig({ ...TABLES, ...environment }).linkLifetimes).toEqual(lifetimes);
  });
});
