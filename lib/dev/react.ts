import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.ts';
import { readPort } from './options.ts';
import { serveReactExample } from './react-example.ts';
import { signalled } from './signalled.ts';
import { wrongUsage } from './wrong-usage.ts';

const HELP = `npm run dev:react -- [options]

Serves the React example in web/react on your machine. The API must run too: npm run dev

  --port N   where the website listens (3000). The API accepts another port only if you start it with
             npm run dev -- --website http://localhost:N
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '3000' }, help: { type: 'boolean' } } });
  if (values.help === true) return void process.stdout.write(HELP);
  const stopped = signalled();
  const { origin, stop } = await serveReactExample({ host: 'localhost', port: readPort('--port', values.port) });
  process.stdout.write(`
  Website   ${origin}
  API       ${apiDomain()}   (as in web/react/settings.ts; npm run dev starts it)

  Ctrl-C stops it.
`);
  await stopped;
  await stop();
}

/** Bundled for browsers, so the file is read and not imported. */
const apiDomain = (): string =>
  /API_DOMAIN = '([^']+)'/.exec(readFileSync('web/react/settings.ts', 'utf8'))?.[1] ?? 'unknown';

main().catch((error: unknown) => {
  const usage = wrongUsage(error);
  console.error(usage ?? (error instanceof CannotStart ? error.message : error));
  process.exit(usage === undefined ? 1 : 2);
});
