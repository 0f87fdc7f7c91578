import { createServer } from 'node:net';

/** Both families: `localhost` may be either, and a listener on one leaves the other free. */
export const isFree = async (port: number): Promise<boolean> =>
  (await Promise.all(['127.0.0.1', '::1'].map((host) => canListen(port, host)))).every(Boolean);

function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    // On a machine without IPv6, nothing listens there either.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port from a number on. */
export async function firstFreePort(from: number): Promise<number> {
  return (await isFree(from)) ? from : firstFreePort(from + 1);
}
