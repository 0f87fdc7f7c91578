import { DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { DEFAULT_USER_CONFIG } from '../../lib/core/user-config.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../lib/passwords/password-settings.ts';
import { createSystemCoreWithUsers } from '../../lib/supertokens/system-core-with-users.ts';
import { askerOf, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

test('a phone number is the same in whatever form it is written', async () => {
  const settings = { users: DEFAULT_USER_CONFIG, passwords: DEFAULT_PASSWORD_SETTINGS };
  const { store, userStores } = database;
  const ask = askerOf(createSystemCoreWithUsers(store, userStores, DEFAULT_CORE_CONFIG, settings));
  const { json: code } = await ask('/recipe/signinup/code', { phoneNumber: '+1 (650) 555-0100' });
  const { json } = await ask('/recipe/signinup/codes?phoneNumber=%2B16505550100');
  expect(json.devices).toMatchObject([{ preAuthSessionId: code.preAuthSessionId, phoneNumber: '+16505550100' }]);
});
