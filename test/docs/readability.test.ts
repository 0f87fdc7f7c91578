import { readFileSync } from 'node:fs';
import { DOCUMENTS } from '../fixtures/markdown.ts';
import { isOwnService } from '../fixtures/own-service.ts';
import { REPLACED, sentencesIn, WHO_AS_SUBJECT, wordsOf } from '../fixtures/plain-english.ts';

const MOST_WORDS = 1500;
const LONGEST_SENTENCE = 25;
const MEDIAN_SENTENCE = 18;

/** What is read as prose: paragraphs and list items, without code, pictures, headings and tables. */
const proseOf = (markdown: string): string[] =>
  markdown
    .replaceAll(/^ *```.*?^ *```$/gms, '\n')
    .replaceAll(/^ *(#|\||!\[).*$/gm, '\n')
    .replaceAll(/^ *(-|\d+\.) /gm, '\n')
    .replaceAll(/`[^`]*`/g, 'Code')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('**', '')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');

const sentencesOf = (markdown: string): string[] => proseOf(markdown).flatMap(sentencesIn);

const medianOf = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

test('sentences are counted without code and tables, and over line breaks', () => {
  const text =
    '# Title\n\nOne `a. b` two\nthree. Four [five](six. seven).\n\n| no. |\n\n```sh\nno. no\n```\n- Item eight.\n1. Nine.\n' +
    '   | no. |\n\n  - Ten. `a` eleven.\n';
  expect(sentencesOf(text)).toEqual([
    'One Code two three.',
    'Four five.',
    'Item eight.',
    'Nine.',
    'Ten.',
    'Code eleven.',
  ]);
});

const check = isOwnService ? test.skip : test;
const REASON = isOwnService ? ' (skipped: the style of your documents is yours)' : '';

check(`README.md has at most ${MOST_WORDS} words${REASON}`, () => {
  expect(readFileSync('README.md', 'utf8').split(/\s+/).length).toBeLessThanOrEqual(MOST_WORDS);
});

check.each(DOCUMENTS)(`%s has short sentences${REASON}`, (page) => {
  const sentences = sentencesOf(readFileSync(page, 'utf8'));
  expect(sentences.length).toBeGreaterThan(0);
  expect(sentences.filter((sentence) => wordsOf(sentence).length > LONGEST_SENTENCE)).toEqual([]);
  expect(medianOf(sentences.map((sentence) => wordsOf(sentence).length))).toBeLessThanOrEqual(MEDIAN_SENTENCE);
});

check.each(DOCUMENTS)(`%s uses the field's words${REASON}`, (page) => {
  const lines = readFileSync(page, 'utf8')
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/`[^`]*`/g, 'code')
    .split('\n');
  expect(lines.filter((line) => REPLACED.test(line) || WHO_AS_SUBJECT.test(line))).toEqual([]);
});
