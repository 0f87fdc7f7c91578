import { type HapiServer, responseOf } from './hapi.ts';

/** Prints a line for each request when it has been answered: `POST /auth/signin 200 93 ms`. A query may be secret. */
export function printRequests(server: HapiServer): void {
  server.events.on('response', (request) => {
    const { method, path, info } = request;
    const status = responseOf(request)?.statusCode ?? 'aborted';
    process.stdout.write(`${method.toUpperCase()} ${path} ${status} ${Date.now() - info.received} ms\n`);
  });
}
