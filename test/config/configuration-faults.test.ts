import { configurationFaults, keyFunctionFaults } from '../../lib/config/configuration-faults.ts';

const VALID = { PUBLISHED_KEYS_TABLE: 'published-keys' };
const NEEDS_KEY = 'API_KEYS must be set with CORE_FUNCTION=on, because the core function does not start without a key';
const DOMAIN = 'must be a domain such as .example.com, without a scheme';

test.each<[Readonly<Record<string, string>>, readonly string[]]>([
  [{}, []],
  [{ CORE_FUNCTION: 'off', COOKIE_DOMAIN: '.example.com', OLDER_COOKIE_DOMAIN: 'none' }, []],
  [{ CORE_FUNCTION: 'on', API_KEYS: 'a-key-of-twenty-characters' }, []],
  [{ CORE_FUNCTION: 'on' }, [NEEDS_KEY]],
  [{ CORE_FUNCTION: 'on', API_KEYS: ' ' }, [NEEDS_KEY]],
  [{ CORE_FUNCTION: 'yes' }, ['CORE_FUNCTION must be one of on, off']],
  [
    { COOKIE_DOMAIN: 'http://x', OLDER_COOKIE_DOMAIN: 'a b' },
    [`COOKIE_DOMAIN ${DOMAIN}`, `OLDER_COOKIE_DOMAIN ${DOMAIN}`],
  ],
  [{ COOKIE_DOMAIN: 'example.com:443' }, [`COOKIE_DOMAIN ${DOMAIN}`]],
  [
    // A fault that both the functions and the core function have is named once.
    { CORE_FUNCTION: 'on', ACCESS_TOKEN_VALIDITY: '1h' },
    ['ACCESS_TOKEN_VALIDITY must be a whole number from 1 to 86400000', NEEDS_KEY],
  ],
])('the faults of %j are %j', (environment, faults) => {
  expect(configurationFaults({ ...VALID, ...environment })).toEqual(faults);
});

test('the function that makes keys has no sessions, and is judged by its own rules', () => {
  const environment = { ...VALID, KEYS_TABLE: 'keys' };
  expect(keyFunctionFaults(environment)).toEqual([]);
  expect(configurationFaults(environment)).toEqual([
    'KEYS_TABLE must be set if SESSIONS_TABLE is set, and absent otherwise',
  ]);
});
