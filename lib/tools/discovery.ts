import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `npm run discovery -- --out FOLDER [options]

Copies a running API's discovery document and JWKS into files, at the paths under which they are to be served.

  --out FOLDER        where to
  --url URL           the API (http://localhost:3001)
  --base-path PATH    its API base path, with whatever API Gateway puts before it (/auth)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      url: { type: 'string', default: 'http://localhost:3001' },
      'base-path': { type: 'string', default: '/auth' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.out === undefined) return print(HELP);
  const { out, url, 'base-path': basePath } = values;
  const address = `${url.replace(/\/$/, '')}${basePath}/.well-known/openid-configuration`;
  const discovery = await fetchJson(address);
  const { issuer, jwks_uri: jwksUri } = discovery;
  if (typeof issuer !== 'string' || typeof jwksUri !== 'string') throw new Error(`${address} is no discovery document`);
  await write(out, `${issuer}/.well-known/openid-configuration`, discovery);
  // Not from jwks_uri itself, which need not be reachable yet.
  await write(out, jwksUri, await fetchJson(`${new URL(url).origin}${new URL(jwksUri).pathname}`));
}

async function fetchJson(address: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

async function write(folder: string, address: string, document: object): Promise<void> {
  const file = join(folder, new URL(address).pathname);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(document));
  print(`${file}  for  ${address}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: Error) => {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  console.error(`${error.message}${cause}`);
  process.exitCode = 1;
});
