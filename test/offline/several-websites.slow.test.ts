import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { freePort } from '../fixtures/free-port.ts';

const EXACT = 'http://localhost:3000,https://admin.example.com';

describe.each([
  ['a list', EXACT, ['http://localhost:3000', 'https://admin.example.com']],
  ['a wildcard', `${EXACT},https://*.pr.example.com`, ['https://admin.example.com', 'https://17.pr.example.com']],
])('npm run dev with %s of websites', (_what, websiteDomain, websites) => {
  let service: LocalService;
  beforeAll(async () => {
    service = await startLocalService({ port: await freePort(), websiteDomain });
  }, 300_000);
  afterAll(() => service?.stop());

  /** The CORS headers of a preflight of a route, and of an answer. */
  async function allowedFor(origin: string): Promise<(string | null)[][]> {
    const asking = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'rid' };
    const answers = [
      await fetch(`${service.url}/login/oidc`, { method: 'OPTIONS', headers: asking }),
      await fetch(`${service.url}/auth/session/refresh`, { method: 'OPTIONS', headers: asking }),
      await fetch(`${service.url}/authorized`, { method: 'OPTIONS', headers: asking }),
      await fetch(`${service.url}/health`, { headers: { origin } }),
      await fetch(`${service.url}/auth/session/refresh`, { method: 'POST', headers: { origin } }),
    ];
    return answers.map(({ headers }) =>
      ['access-control-allow-origin', 'access-control-allow-credentials'].map((name) => headers.get(name)),
    );
  }

  test.each(websites)('allows %s everywhere', async (origin) => {
    expect(await allowedFor(origin)).toEqual(Array(5).fill([origin, 'true']));
  });

  test.each(['https://evil.example', 'https://pr.example.com', 'https://a.b.pr.example.com', 'http://localhost:3001'])(
    'allows %s nowhere',
    async (origin) => {
      expect(await allowedFor(origin)).toEqual(Array(5).fill([null, null]));
    },
  );
});
