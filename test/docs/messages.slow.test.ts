import { readdirSync, readFileSync } from 'node:fs';
import { REPLACED, sentencesIn, WHO_AS_SUBJECT, wordsOf } from '../fixtures/plain-english.ts';

const LONGEST_SENTENCE = 30;

/** Sources whose texts are not ours to choose, or are code. */
const LEFT_OUT = [
  // The official core's words, as recorded.
  'core/',
  // Handlers and tests that npm run new writes.
  'tools/new/handler-file.ts',
  'tools/new/test-file.ts',
];

const SOURCES = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !LEFT_OUT.some((start) => name.startsWith(start)))
  .map((name) => `lib/${name}`);

/** A literal of one line. */
const LITERAL = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`/.source;
/** Literals that `+` joins over lines. */
const LITERALS = new RegExp(`(?:${LITERAL})(?: \\+\\n\\s*(?:${LITERAL}))*`, 'g');

/** SQL, conditions of DynamoDB, HTML and headers. */
const CODE =
  /^(SELECT|INSERT|DELETE|SET|coalesce|FROM|attribute_)\b|[<{]\w+[^>]*[>}]|=>|\w+\(\)|; charset=|^\w+\/[\d.]+ \(/;

/** The texts of a source that people read: literals of at least three words, with placeholders as one word each. */
const messagesIn = (source: string): string[] =>
  [...source.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '').matchAll(LITERALS)]
    .map(([literals]) => literals.slice(1, -1).replaceAll(/['"`] \+\n\s*['"`]/g, ''))
    .map((text) => text.replaceAll(/\$\{[^}]*\}/g, 'X').replaceAll('\\n', ' '))
    .filter((text) => (text.match(/[A-Za-z]{2,}/g) ?? []).length >= 3 && text.includes(' ') && !CODE.test(text));

test('messages are literals of several words, also over several lines', () => {
  const source = [
    "  // a comment of 'three whole words'",
    "  throw new Error('No table ' +",
    `    "has a name.");`,
    "  const key = 'one two';",
  ];
  expect(messagesIn(source.join('\n'))).toEqual(['No table has a name.']);
});

test('the sources have messages', () => {
  expect(SOURCES.flatMap((file) => messagesIn(readFileSync(file, 'utf8'))).length).toBeGreaterThan(300);
});

test.each(SOURCES)('%s has messages of short sentences, in the words of the field', (file) => {
  const messages = messagesIn(readFileSync(file, 'utf8'));
  const sentences = messages.flatMap(sentencesIn);
  expect(sentences.filter((sentence) => wordsOf(sentence).length > LONGEST_SENTENCE)).toEqual([]);
  expect(messages.filter((text) => REPLACED.test(text) || WHO_AS_SUBJECT.test(text))).toEqual([]);
});
