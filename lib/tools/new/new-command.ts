import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileOfPackage } from '../../dev/installed-packages.ts';
import { type Command, CommandFailed, confirm, EXIT, type Terminal, UsageError } from '../command-line.ts';
import { clashesOf, readExisting } from './existing.ts';
import { faultIn, type Part } from './faults.ts';
import { filesOf, missingFilesOf, withRoute } from './new-files.ts';
import { defaultMethod, defaultPath, METHODS, type Route, routeFrom, type Wish } from './route.ts';

const HELP = `npm run new -- route NAME [options]

Adds a protected route: a handler, its entry in serverless.yml, and a test that passes.
At a terminal, it asks for the options if you give none.

  NAME               the route's name, such as notes or add-note
  --method METHOD    one of ${METHODS.join(', ')}. By default, add-… is POST, and others follow
                     from the name or are GET
  --path PATH        the route's path, such as /notes or /notes/{id} (/NAME)
  --table TABLE      also adds a DynamoDB table, if there is none, and a role that allows one action on it
  --role ROLE        only users with this role may call the route
  --check-database   rejects a revoked session at once (one read per request)

Exit codes: 0 done; 1 something exists already, and nothing was written; 2 wrong usage.
`;

const OPTIONS = {
  method: { type: 'string' },
  path: { type: 'string' },
  table: { type: 'string' },
  role: { type: 'string' },
  'check-database': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** `npm run new`, in a folder. */
export const newCommand =
  (folder: string): Command =>
  async (args, terminal) => {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const [kind = 'route', name, ...others] = positionals;
    if (kind !== 'route' || others.length > 0) throw new UsageError('Only "route NAME" can be added.');
    const isAsking = terminal.isInteractive && !args.some((arg) => arg.startsWith('-'));
    if (name === undefined && !isAsking) {
      terminal.notify(HELP);
      return EXIT.usage;
    }
    const wish = isAsking ? await askFor(terminal, name) : wishFrom({ ...values, name });
    return addRoute(folder, routeFrom(wish), terminal);
  };

const PARTS: readonly Part[] = ['name', 'method', 'path', 'table', 'role'];

interface Options extends Partial<Readonly<Record<Part, string | undefined>>> {
  readonly 'check-database': boolean;
}

/** @throws UsageError that names every fault */
function wishFrom({ name = '', table, role, 'check-database': checkDatabase, ...options }: Options): Wish {
  const written = options.method?.toUpperCase() ?? defaultMethod(name);
  const path = options.path ?? defaultPath(name);
  const values: Readonly<Record<Part, string | undefined>> = { name, method: written, path, table, role };
  const faults = PARTS.flatMap((part) => (values[part] === undefined ? [] : (faultIn(part, values[part]) ?? [])));
  const method = METHODS.find((one) => one === written);
  if (faults.length > 0 || method === undefined) throw new UsageError(faults.join('\n'));
  return { name, method, path, table, role, checkDatabase };
}

async function askFor(terminal: Terminal, given: string | undefined): Promise<Wish> {
  const name = given ?? (await ask(terminal, 'name', 'Name of the route, such as add-note'));
  const method = await ask(terminal, 'method', 'Method', defaultMethod(name));
  const path = await ask(terminal, 'path', 'Path', defaultPath(name));
  const table = await ask(terminal, 'table', 'DynamoDB table', 'none');
  const role = await ask(terminal, 'role', 'Role that a user needs', 'none');
  const checkDatabase = await confirm(terminal, 'Reject a revoked session at once (one read per request)?');
  return wishFrom({
    name,
    method,
    path,
    table: table === 'none' ? undefined : table,
    role: role === 'none' ? undefined : role,
    'check-database': checkDatabase,
  });
}

/** Asks until the answer is valid. An empty answer means the proposal. */
async function ask(terminal: Terminal, part: Part, question: string, proposal?: string): Promise<string> {
  for (;;) {
    const answer = (await terminal.ask(`${question}${proposal === undefined ? '' : ` [${proposal}]`}: `)) || proposal;
    const fault = answer === 'none' && proposal === 'none' ? undefined : faultIn(part, answer ?? '');
    if (answer !== undefined && fault === undefined) return answer;
    terminal.notify(fault ?? '');
  }
}

/** Writes everything that a route consists of, or nothing. */
async function addRoute(folder: string, route: Route, terminal: Terminal): Promise<typeof EXIT.done> {
  const existing = await readExisting(folder);
  const files = filesOf(route);
  const clashes = clashesOf(
    route,
    existing,
    files.map(({ file }) => file),
  );
  if (clashes.length > 0) throw new CommandFailed([...clashes, 'Nothing was written.'].join('\n'));
  const serverlessYml = join(folder, 'serverless.yml');
  const stack = withRoute(await readFile(serverlessYml, 'utf8'), route, existing);
  const written = [...files, ...missingFilesOf(route, existing)];
  for (const { file, text } of written) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text, { flag: 'wx' });
  }
  await writeFile(serverlessYml, stack.text);
  await format(
    folder,
    written.map(({ file }) => file),
  );
  terminal.print(
    reportOf(
      route,
      written.map(({ file }) => file),
      stack.added,
    ),
  );
  return EXIT.done;
}

/** Long names make long lines: the formatter breaks them as `npm run lint` expects. */
async function format(folder: string, files: readonly string[]): Promise<void> {
  if (!existsSync(join(folder, 'biome.json'))) return;
  const biome = fileOfPackage('@biomejs/biome', 'bin/biome');
  await promisify(execFile)(process.execPath, [biome, 'format', '--write', ...files], { cwd: folder });
}

const reportOf = ({ name }: Route, files: readonly string[], added: readonly string[]): string =>
  [
    ...files.map((file) => `wrote   ${file}`),
    ...added.map((what) => `added   ${what} to serverless.yml`),
    '\nNext:',
    `  npm test -- ${name}`,
    '  npm run dev          restart it if it is running: serverless.yml has changed',
  ].join('\n');
