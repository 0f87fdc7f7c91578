import SuperTokens from 'supertokens-node';
import { ALLOWED_HEADERS } from '../../lib/http/cors.ts';
import { verifyEnvironment } from '../fixtures/lambda.ts';

const TABLES = { sessions: 's', keys: 'k', publishedKeys: 'p', users: 'u', coreUsers: 'c' };

test("the website may send the SDK's headers, and a JSON content type", async () => {
  Object.assign(process.env, verifyEnvironment('http://127.0.0.1:9', TABLES));
  const { service } = await import('../../lib/supertokens/service.ts');
  service();
  expect(ALLOWED_HEADERS).toEqual(['content-type', ...SuperTokens.getAllCORSHeaders()]);
});
