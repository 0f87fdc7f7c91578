import { createHash } from 'node:crypto';
import { loadDemoPage } from '../fixtures/demo-page.ts';
import { documentedEvent } from '../fixtures/gateway.ts';
import { lambdaContext } from '../fixtures/lambda.ts';

const SETTINGS = { apiGatewayPath: '/dev', apiBasePath: '/auth', hasLikes: true, hasReport: true };

let page: Awaited<ReturnType<typeof loadDemoPage>>;
beforeAll(async () => {
  page = await loadDemoPage();
});

function parts(settings: Parameters<typeof page.demoPage>[0]) {
  const { headers = {}, body = '' } = page.demoPage(settings);
  const directives = String(headers['content-security-policy'])
    .split('; ')
    .map((directive) => directive.split(' '));
  return { body, policy: Object.fromEntries(directives.map(([name, ...values]) => [name, values])) };
}

const hashesOf = (html: string, tag: string): string[] =>
  [...html.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 'gs'))].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );

test('the policy allows the one script and the one style of the page, the API, and nothing else', () => {
  const { body, policy } = parts(SETTINGS);
  expect(policy).toMatchObject({
    'default-src': ["'none'"],
    'connect-src': ["'self'"],
    'img-src': ['data:'],
    'form-action': ["'none'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  });
  expect(policy['script-src']).toEqual(hashesOf(body, 'script'));
  expect(policy['style-src']).toEqual(hashesOf(body, 'style'));
  expect(hashesOf(body, 'script')).toHaveLength(1);
});

test('the page asks for nothing from elsewhere', () => {
  const [markup = ''] = parts(SETTINGS).body.split('<script');
  expect(markup).not.toMatch(/\ssrc=|@import|url\(|\sstyle=|\son[a-z]+=/);
  expect([...markup.matchAll(/href="([^"]{5})/g)].map(([, start]) => start)).toEqual(['data:', '#main']);
});

test('a page for another website has the address of the API, and may call only that', () => {
  const apiDomain = 'https://api.example.com';
  const { body, policy } = parts({ ...SETTINGS, apiDomain });
  expect(policy['connect-src']).toEqual([apiDomain]);
  const content = /<meta name="settings" content="([^"]*)">/.exec(body)?.[1] ?? '';
  expect(JSON.parse(content.replaceAll('&#34;', '"'))).toEqual({ ...SETTINGS, apiDomain });
});

test.each(['http-api-v2', 'rest-api'])('the function answers events of %s, with its configured paths', async (kind) => {
  process.env.API_GATEWAY_PATH = '/dev';
  const handler = page.pageFunction();
  delete process.env.API_GATEWAY_PATH;
  const answer = await handler(documentedEvent(kind), lambdaContext);
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  expect((answer as { body: string }).body).toContain('&#34;apiGatewayPath&#34;:&#34;/dev&#34;');
});

test.each([
  ['GET /,POST /like-comment', true, false],
  ['GET /,GET /admin-report', false, true],
  ['GET /', false, false],
])('with the routes %s the page shows likes: %p, and the report: %p', async (routes, hasLikes, hasReport) => {
  process.env.ROUTES = routes;
  const answer = await page.pageFunction()(documentedEvent('http-api-v2'), lambdaContext);
  delete process.env.ROUTES;
  expect((answer as { body: string }).body).toContain(
    `&#34;hasLikes&#34;:${hasLikes},&#34;hasReport&#34;:${hasReport}`,
  );
});

test('it ignores what is no request', async () => {
  expect(await page.pageFunction()(documentedEvent('scheduled'), lambdaContext)).toEqual({
    ignored: 'not an HTTP request',
  });
});
