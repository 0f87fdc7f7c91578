import { once } from 'node:events';
import { createServer } from 'node:net';
import type { HapiServer } from './hapi.ts';

/**
 * Accepts connections on `::1` too. The server listens on `127.0.0.1`. `localhost` is either of the two. Android's
 * emulator, for example, knows only `127.0.0.1`.
 */
export async function listenOnIpv6({ listener }: HapiServer, port: number): Promise<void> {
  const second = createServer((socket) => void listener.emit('connection', socket));
  listener.once('close', () => second.close());
  second.listen(port, '::1');
  await once(second, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (!isWithoutIpv6(error)) throw error;
  });
}

const isWithoutIpv6 = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
