import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { CommandFailed } from '../../../lib/tools/command-line.ts';
import { openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';

test('a PostgreSQL that never answers is given up', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const failure = await openOfficialDatabase(`postgres://user:hidden@127.0.0.1:${port}/core`).catch((error) => error);
  expect(failure).toBeInstanceOf(CommandFailed);
  expect(String(failure)).toMatch(/Cannot connect to PostgreSQL at 127\.0\.0\.1:\d+\/core: /);
  expect(String(failure)).not.toContain('hidden');
  for (const socket of sockets) socket.destroy();
  server.close();
});
