import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from '../command-line.ts';
import { describeSplice, literal, replaceGroup, type Splice, spliced } from '../serverless-yml/splice.ts';
import { withoutExample } from './example.ts';
import type { Identity, Namesakes } from './identity.ts';
import { editServerlessYml, readIdentity, readNamesakes } from './serverless-yml.ts';

/** The name and the addresses of a clone of this repository, and the files that hold them. */
export interface Clone {
  readonly identity: Identity;
  readonly namesakes: Namesakes;
  /** The name in package.json. After the first setup it is the service's name. */
  readonly packageName: string;
  readonly files: ReadonlyMap<string, string>;
}

/** The changes of one file. */
export interface FileChange {
  readonly file: string;
  /** One sentence per changed place. */
  readonly places: readonly string[];
  readonly text: string;
}

/** The only files that `npm run setup` edits: a later release never changes the same lines. */
const NEEDED = ['serverless.yml', 'package.json'];
const OPTIONAL = ['package-lock.json'];
const ENGINE_FUNCTIONS = 'lib/build/stack/functions.yml';

/** Reads a clone. @throws CommandFailed if the folder is not a clone */
export async function readClone(folder: string): Promise<Clone> {
  const files = new Map<string, string>();
  for (const name of [...NEEDED, ...OPTIONAL]) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) files.set(name, text);
    else if (NEEDED.includes(name))
      throw new CommandFailed(`This folder is not a clone of the service: it has no ${name}.`);
  }
  const serverlessYml = files.get('serverless.yml') ?? '';
  const packageName = /^ {2}"name": "([^"]+)"/m.exec(files.get('package.json') ?? '')?.[1];
  if (packageName === undefined) throw new CommandFailed('package.json has no name.');
  const namesakes = readNamesakes(serverlessYml, await readFile(join(folder, ENGINE_FUNCTIONS), 'utf8'));
  return { identity: readIdentity(serverlessYml), namesakes, packageName, files };
}

/** Returns the changes that give a clone an identity, and remove the example; none if nothing is left to do. */
export function changesFor(clone: Clone, identity: Identity, isExampleRemoved = false): FileChange[] {
  return [...clone.files].flatMap(([file, text]) => {
    const splices = editsOf(file, text, clone, identity);
    const edited = spliced(text, splices);
    const isStack = isExampleRemoved && file === 'serverless.yml';
    const changed = isStack ? withoutExample(edited) : edited;
    if (changed === text) return [];
    const removal = changed === edited ? [] : [' functions, role and table of the example: removed'];
    const places = [...splices.map((splice) => describeSplice(text, splice)), ...removal];
    return [{ file, places, text: changed }];
  });
}

function editsOf(file: string, text: string, { identity: present, packageName }: Clone, identity: Identity): Splice[] {
  const isRenamed = identity.name !== present.name;
  switch (file) {
    case 'serverless.yml':
      return editServerlessYml(text, identity);
    case 'package.json':
      return isRenamed ? replaceGroup(text, /^ {2}"name": "([^"]+)"/dgm, identity.name) : [];
    case 'package-lock.json': {
      const itself = new RegExp(`^(?: {2}| {6})"name": "(${literal(packageName)})"`, 'dgm');
      return isRenamed ? replaceGroup(text, itself, identity.name) : [];
    }
    default:
      return [];
  }
}

/** Writes changes into their files. */
export async function writeChanges(folder: string, changes: readonly FileChange[]): Promise<void> {
  for (const { file, text } of changes) await writeFile(join(folder, file), text);
}
