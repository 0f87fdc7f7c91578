import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { isFree } from '../../lib/dev/ports.ts';
import { freePort } from '../fixtures/free-port.ts';

const COMMAND = 'lib/dev/react.ts';

let website: ChildProcess;
let origin: string;
let greeting = '';

beforeAll(async () => {
  const port = await freePort();
  website = spawn(process.execPath, [COMMAND, '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  origin = `http://localhost:${port}`;
  if (website.stdout === null) throw new Error('The command has no output');
  for await (const line of createInterface({ input: website.stdout })) {
    greeting += `${line}\n`;
    if (line.includes('Ctrl-C')) break;
  }
});
afterAll(async () => {
  const ended = once(website, 'exit');
  website.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(await isFree(Number(new URL(origin).port))).toBe(true);
});

test('npm run dev:react prints where the website is, and which API it calls', () => {
  expect(greeting).toContain(`Website   ${origin}\n`);
  expect(greeting).toContain('API       http://localhost:3001   (');
});

test('npm run dev:react serves the example on the port that it prints, at every path', async () => {
  for (const path of ['/', '/auth/verify-email?token=a']) {
    const page = await fetch(origin + path);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('<script type="module" src="/main.js">');
  }
  const script = await fetch(`${origin}/main.js`);
  expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(await script.text()).toContain('Your account');
  expect(existsSync('web/react/main.js')).toBe(false);
});

test('npm run dev:react says that its port is taken, and what to do', async () => {
  const second = promisify(execFile)(process.execPath, [COMMAND, '--port', new URL(origin).port]);
  await expect(second).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Port \d+ is taken\. .*--port N$/m),
  });
});
