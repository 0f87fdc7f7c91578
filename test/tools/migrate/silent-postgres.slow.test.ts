import { createServer, type Socket } from 'node:net';
import { CommandFailed } from '../../../lib/tools/command-line.ts';
import { openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import { listenOnLoopback } from '../../fixtures/loopback.ts';

test('a PostgreSQL that never answers is given up', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  const port = await listenOnLoopback(server);
  const failure = await openOfficialDatabase(`postgres://user:hidden@127.0.0.1:${port}/core`).catch((error) => error);
  expect(failure).toBeInstanceOf(CommandFailed);
  expect(String(failure)).toMatch(/Cannot connect to PostgreSQL at 127\.0\.0\.1:\d+\/core: /);
  expect(String(failure)).not.toContain('hidden');
  for (const socket of sockets) socket.destroy();
  server.close();
});
