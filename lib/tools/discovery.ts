import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, CommandFailed, EXIT, runCommand, UsageError } from './command-line.ts';

const HELP = `npm run discovery -- --out FOLDER [options]

Copies a running API's discovery document and JWKS into files. Their paths are those at which you serve them.

  --out FOLDER        the folder to write to
  --url URL           the API (http://localhost:3001)
  --base-path PATH    the API's base path, after the stage or mapping of API Gateway if there is one (/auth)
`;

/** `npm run discovery` */
const command: Command = async (args, { print }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      url: { type: 'string', default: 'http://localhost:3001' },
      'base-path': { type: 'string', default: '/auth' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return EXIT.done;
  }
  if (values.out === undefined) throw new UsageError('Name the folder to write to: --out FOLDER');
  await copy(values.out, values.url, values['base-path'], print).catch((error: Error) => {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new CommandFailed(`${error.message}${cause}`);
  });
  return EXIT.done;
};

type Print = (text: string) => void;

async function copy(out: string, url: string, basePath: string, print: Print): Promise<void> {
  const address = `${url.replace(/\/$/, '')}${basePath}/.well-known/openid-configuration`;
  const discovery = await fetchJson(address);
  const { issuer, jwks_uri: jwksUri } = discovery;
  if (typeof issuer !== 'string' || typeof jwksUri !== 'string')
    throw new Error(`${address} is not a discovery document`);
  print(await write(out, `${issuer}/.well-known/openid-configuration`, discovery));
  // Not from jwks_uri itself, which need not be reachable yet.
  print(await write(out, jwksUri, await fetchJson(`${new URL(url).origin}${new URL(jwksUri).pathname}`)));
}

async function fetchJson(address: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(address).catch(({ cause }: Error) => {
    throw new Error(`${address} cannot be reached`, { cause });
  });
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

/** @returns the file's name and its address, for people */
async function write(folder: string, address: string, document: object): Promise<string> {
  const file = join(folder, new URL(address).pathname);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(document));
  return `${file}  for  ${address}`;
}

await runCommand(command);
