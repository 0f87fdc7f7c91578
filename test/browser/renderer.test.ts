import { createServer, type RequestListener, type Server } from 'node:http';
import { type BuildOptions, build } from 'esbuild';
import { snippetsOf } from '../fixtures/markdown.ts';
import { API, RENDERER, useBrowser } from './stage.ts';

const chromium = useBrowser();
let server: Server;

/** Bundles a snippet of docs/frontend.md, with this API in place of the snippet's. @param part of the snippet */
async function bundle(part: string, options: BuildOptions): Promise<string> {
  const snippets = snippetsOf('docs/frontend.md').filter(({ text }) => text.includes(part));
  expect(snippets).toHaveLength(1);
  const contents = snippets[0]?.text.replace("'http://localhost:3001'", `'${API}'`) ?? '';
  expect(contents).toContain(API);
  const stdin = { contents, loader: 'ts', resolveDir: process.cwd() } as const;
  const { outputFiles } = await build({ ...options, stdin, bundle: true, write: false });
  return outputFiles?.[0]?.text ?? '';
}

beforeAll(async () => {
  const refresh = await bundle('attemptRefreshingSession()', { format: 'esm' });
  const module = { exports: {} as { render: RequestListener } };
  new Function('module', await bundle('ServerResponse', { format: 'cjs', platform: 'node' }))(module);
  server = createServer((request, response) => {
    if (request.url === '/refresh.js') response.setHeader('content-type', 'text/javascript').end(refresh);
    else if (request.url === '/auth') response.setHeader('content-type', 'text/html').end('<p>Sign in</p>');
    else module.exports.render(request, response);
  });
  await new Promise<void>((resolve) => server.listen(Number(new URL(RENDERER).port), 'localhost', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Signs up in the browser, with tokens in cookies. @returns the user's id */
async function signUp(): Promise<string> {
  const formFields = [
    { id: 'email', value: `${crypto.randomUUID()}@example.com` },
    { id: 'password', value: 'correct horse 1' },
  ];
  const response = await chromium.context.request.post(`${API}/auth/signup`, {
    headers: { 'st-auth-mode': 'cookie' },
    data: { formFields },
  });
  return ((await response.json()) as { readonly user: { readonly id: string } }).user.id;
}

test('the server-side renderer of docs/frontend.md renders a page for the user, also after the access token has expired', async () => {
  const userId = await signUp();
  const page = await chromium.context.newPage();
  let refreshes = 0;
  page.on('response', (response) => {
    if (response.url() === `${API}/auth/session/refresh` && response.status() === 200) refreshes += 1;
  });
  // Access tokens last four seconds here.
  do {
    await page.goto(RENDERER);
    await page.getByText(`Signed in as ${userId}`).waitFor();
    await page.waitForTimeout(500);
  } while (refreshes === 0);
});

test('the server-side renderer of docs/frontend.md sends a visitor without a session to the sign-in page', async () => {
  const page = await chromium.context.newPage();
  await page.goto(RENDERER);
  await page.getByText('Sign in').waitFor();
  expect(page.url()).toBe(`${RENDERER}/auth`);
});
