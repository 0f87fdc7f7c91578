import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from '../command-line.ts';
import type { Identity, Namesakes } from './identity.ts';
import { editServerlessYml, readIdentity, readNamesakes } from './serverless-yml.ts';
import { describeSplice, literal, replaceGroup, type Splice, spliced } from './splice.ts';

/** A clone of this repository, as far as its name and addresses go. */
export interface Clone {
  readonly identity: Identity;
  readonly namesakes: Namesakes;
  /** Of package.json; the service's name once that has been changed. */
  readonly packageName: string;
  readonly files: ReadonlyMap<string, string>;
}

/** What is to change in one file. */
export interface FileChange {
  readonly file: string;
  /** In words, one per place. */
  readonly places: readonly string[];
  readonly text: string;
}

/** How README.md and docs/openapi.yaml are headed before anybody has changed that. */
const ORIGINAL_TITLE = 'SuperTokens sessions for AWS Lambda';

const NEEDED = ['serverless.yml', 'package.json'];
/** Whoever has taken one of these away does without. */
const OPTIONAL = ['package-lock.json', 'README.md', 'lib/config/service-config.ts'];

/** Reads a clone. @throws CommandFailed if the folder is none */
export async function readClone(folder: string): Promise<Clone> {
  const documents = (await readdir(join(folder, 'docs')).catch(() => [])).filter((name) => /\.(md|yaml)$/.test(name));
  const files = new Map<string, string>();
  for (const name of [...NEEDED, ...OPTIONAL, ...documents.map((document) => `docs/${document}`)]) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) files.set(name, text);
    else if (NEEDED.includes(name)) throw new CommandFailed(`This is no clone of the service: it has no ${name}.`);
  }
  const serverlessYml = files.get('serverless.yml') ?? '';
  const packageName = /^ {2}"name": "([^"]+)"/m.exec(files.get('package.json') ?? '')?.[1];
  if (packageName === undefined) throw new CommandFailed('package.json has no name.');
  return { identity: readIdentity(serverlessYml), namesakes: readNamesakes(serverlessYml), packageName, files };
}

/** What has to change for a clone to have an identity; nothing if it has it. */
export function changesFor(clone: Clone, identity: Identity): FileChange[] {
  return [...clone.files].flatMap(([file, text]) => {
    const splices = editsOf(file, text, clone, identity);
    if (splices.length === 0) return [];
    return [{ file, places: splices.map((splice) => describeSplice(text, splice)), text: spliced(text, splices) }];
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
    case 'lib/config/service-config.ts':
      return replaceGroup(text, /optional\('APP_NAME'\) \?\? '([^']*)'/dg, identity.appName);
    case 'README.md':
      return [
        ...replaceTitle(text, '# ', present, identity),
        ...replaceGroup(text, /^\| `APP_NAME` \| ([^|]*[^| ]) +\|/dgm, identity.appName),
        ...renameDeployed(text, present, identity),
      ];
    case 'docs/openapi.yaml':
      return [...replaceTitle(text, '  title: ', present, identity), ...replaceServer(text, identity)];
    default:
      return renameDeployed(text, present, identity);
  }
}

/** A new app name becomes the title, unless somebody has written one of their own. */
function replaceTitle(text: string, before: string, present: Identity, { appName }: Identity): Splice[] {
  if (appName === present.appName) return [];
  const titles = `${literal(ORIGINAL_TITLE)}|${literal(present.appName)}`;
  return replaceGroup(text, new RegExp(`^${before}(${titles})$`, 'dgm'), appName);
}

/** The address of the API in production, as the document proposes it. */
const replaceServer = (text: string, { api }: Identity): Splice[] =>
  api === undefined ? [] : replaceGroup(text, /^ {6}host:\n {8}default: (\S+)$/dgm, new URL(api).host);

/**
 * In commands and examples, what is deployed is `<service>-<stage>…`, and a log line has the name as its `service`. The bare
 * name may be any word elsewhere, and is left.
 */
function renameDeployed(text: string, { name: before }: Identity, { name }: Identity): Splice[] {
  const deployed = `(?<![\\w-])(${literal(before)})(?=-(?:dev|prod|<stage>)(?!\\w))`;
  const logged = `"service": ?"(${literal(before)})"`;
  return [deployed, logged].flatMap((pattern) => replaceGroup(text, new RegExp(pattern, 'dg'), name));
}

/** Writes changes into their files. */
export async function writeChanges(folder: string, changes: readonly FileChange[]): Promise<void> {
  for (const { file, text } of changes) await writeFile(join(folder, file), text);
}
