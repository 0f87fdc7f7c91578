import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeEntry } from '../serverless-yml/entries.ts';

/** Everything that belongs to the example and to nothing else. */
const HANDLERS = ['like-comment', 'admin-report', 'greeting', 'authorized', 'jwt-authorized'];
const SHARED = ['likes', 'roles'];
const DOCUMENTS = ['docs/example.md', 'docs/openapi.example.yaml'];
const FUNCTIONS = ['likeComment', 'adminReport', 'greeting', 'authorized', 'jwtAuthorized'];

/** The example's tests in test/app. Your own are all others. */
const TESTS = ['likes', 'protecting', 'user-claims', 'authorizers', 'authorizers.slow'];

const FILES = [
  ...HANDLERS.map((name) => `handlers/${name}.ts`),
  ...TESTS.map((name) => `test/app/${name}.test.ts`),
  ...DOCUMENTS,
];

/** Returns the example's files in a folder. A file of `lib/app` that your own code imports is not among them. */
export async function exampleFilesIn(folder: string): Promise<string[]> {
  const sources = await Promise.all(['handlers', 'lib/app', 'test/app'].map((part) => sourcesIn(folder, part)));
  const all = new Map(sources.flat());
  const shared = SHARED.map((name) => `lib/app/${name}.ts`);
  const own = [...all].filter(([file]) => !FILES.includes(file) && !shared.includes(file));
  const isUsed = (file: string): boolean => own.some(([, text]) => text.includes(`/${file.split('/').at(-1)}'`));
  const documents = new Set((await readdir(join(folder, 'docs')).catch(() => [])).map((name) => `docs/${name}`));
  const present = FILES.filter((file) => all.has(file) || documents.has(file));
  return [...present, ...shared.filter((file) => all.has(file) && !isUsed(file))];
}

async function sourcesIn(folder: string, part: string): Promise<(readonly [string, string])[]> {
  const names = await readdir(join(folder, part)).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.ts'))
      .map(async (name) => [`${part}/${name}`, await readFile(join(folder, part, name), 'utf8')] as const),
  );
}

/** Removes the example's functions, role and table from a serverless.yml. A role or table that you use stays. */
export function withoutExample(text: string): string {
  const resources = ['resources', 'Resources'];
  const withoutFunctions = FUNCTIONS.reduce((rest, name) => removeEntry(rest, ['functions'], name), text);
  const isRoleUsed = /^ *role: LikeRole$/m.test(withoutFunctions);
  const withoutRole = isRoleUsed ? withoutFunctions : removeEntry(withoutFunctions, resources, 'LikeRole');
  return /\bLikesTable\./.test(withoutRole) ? withoutRole : removeEntry(withoutRole, resources, 'LikesTable');
}

export async function removeFiles(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) await rm(join(folder, file));
}
