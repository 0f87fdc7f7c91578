import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { readSmtp, smtpFinding } from '../../../lib/tools/doctor/smtp.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { listenOnLoopback } from '../../fixtures/loopback.ts';

const PATIENT = 20_000;
let server: SMTPServer;
let mails = 0;

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'secret' ? done(null, { user: username ?? '' }) : done(new Error('Invalid credentials')),
    onMailFrom(_address, _session, done) {
      mails++;
      done();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(resolve))));

const port = () => (server.server.address() as AddressInfo).port;
const find = (address: string, password = 'secret', timeout = PATIENT) =>
  smtpFinding(readSmtp(address, password, timeout));

test('a mail server that accepts the log-in is fine, and gets no mail', async () => {
  const finding = await find(`smtp://app%40example.com@127.0.0.1:${port()}`);
  expect(finding).toEqual({
    id: 'mail-smtp',
    level: 'ok',
    observed: `127.0.0.1:${port()} accepts the log-in of app@example.com.`,
  });
  expect(mails).toBe(0);
});

test('a wrong password is a problem, and is not repeated', async () => {
  const finding = await find(`smtp://user@127.0.0.1:${port()}`, 'wrong-password');
  expect(finding).toMatchObject({ level: 'problem', fix: expect.stringContaining('the user and the password') });
  expect(JSON.stringify(finding)).not.toContain('wrong-password');
});

test('a mail server that is not there is a problem', async () => {
  const finding = await find(`smtp://user@127.0.0.1:${await freePort()}`);
  expect(finding).toMatchObject({ level: 'problem', observed: expect.stringContaining('ECONNREFUSED') });
  expect(finding.fix).toMatch(/firewall/);
});

test('a server that takes a connection and says nothing is a problem', async () => {
  const sockets = new Set<Socket>();
  const silent: Server = createServer((socket) => void sockets.add(socket));
  const port = await listenOnLoopback(silent);
  try {
    const finding = await find(`smtp://user@127.0.0.1:${port}`, 'secret', 300);
    expect(finding).toMatchObject({ level: 'problem', fix: expect.stringContaining('firewall') });
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

// Linux alone has more than one address of its own without further setup.
const title = 'a mail server on another machine gets no password in plain text';
const [run, note] = process.platform === 'linux' ? [test, ''] : [test.skip, ' (skipped: needs Linux)'];
run(`${title}${note}`, async () => {
  let logIns = 0;
  const plain = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth(_auth, _session, done) {
      logIns++;
      done(null, { user: 'user' });
    },
  });
  // This address counts as that of another machine.
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.2', resolve));
  const finding = await find(`smtp://user@127.0.0.2:${(plain.server.address() as AddressInfo).port}`);
  await new Promise<void>((resolve) => plain.close(resolve));
  expect(finding).toMatchObject({ level: 'problem', fix: expect.stringContaining('smtps://') });
  expect(logIns).toBe(0);
});

test.each([
  ['smtps://user@smtp.example.com', { host: 'smtp.example.com', port: 465, isSecure: true, user: 'user' }],
  ['smtp://user@smtp.example.com', { host: 'smtp.example.com', port: 587, isSecure: false }],
  ['smtps://a%40b@smtp.example.com:2465', { port: 2465, user: 'a@b' }],
])('%s is read', (address, order) => {
  expect(readSmtp(address, 'secret', PATIENT)).toMatchObject(order);
});
