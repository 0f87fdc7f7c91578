import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DOCUMENTS } from '../fixtures/markdown.ts';
import { hasExample, isOwnService } from '../fixtures/own-service.ts';

/** `npm run setup -- --without-examples` removes these. Only they may link to each other. */
const OF_THE_EXAMPLE = ['docs/example.md', 'docs/openapi.example.yaml'];

/** GitHub's name for a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');

const anchorsOf = (file: string): string[] =>
  [...withoutCode(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** The links of a document that lead to no file, or to no heading of it. */
const deadLinksOf = (document: string): string[] =>
  [...withoutCode(readFileSync(document, 'utf8')).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    .filter(([, path, anchor]) => {
      const file = path === '' ? document : join(dirname(document), path ?? '');
      if (!existsSync(file)) return true;
      // A clone of its own name may have another README.
      if (isOwnService && file === 'README.md') return false;
      if (OF_THE_EXAMPLE.includes(file)) return !OF_THE_EXAMPLE.includes(document);
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
    })
    .map(([link]) => link.slice(2, -1));

test.each(DOCUMENTS)('every link of %s leads to a file and a heading', (document) => {
  expect(deadLinksOf(document)).toEqual([]);
});

/** A file that a reader writes. */
const OF_THE_READER = ['handlers/my-route.ts'];

const filesIn = (document: string): string[] =>
  [...withoutCode(readFileSync(document, 'utf8')).matchAll(/`((?:lib|test|handlers|web|docs)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );

/** The change log also names files of earlier releases. A clone's documents, and what they name, are its developers'. */
const NAMING = DOCUMENTS.filter((document) => document !== 'CHANGELOG.md' && filesIn(document).length > 0);

const isComplete = hasExample && !isOwnService;
const REASON = isComplete ? '' : ' (skipped: the documents of your service are yours)';

(isComplete ? test : test.skip).each(NAMING)(`%s names files that exist${REASON}`, (document) => {
  const missing = filesIn(document).filter((path) => !existsSync(path) && !OF_THE_READER.includes(path));
  expect(missing).toEqual([]);
});
