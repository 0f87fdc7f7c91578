import { readFile } from 'node:fs/promises';
import type { Diagnosis } from '../../../lib/tools/doctor/examine.ts';
import { ok, problem, SEE, skipped, warning } from '../../../lib/tools/doctor/finding.ts';
import { jsonReport, textReport } from '../../../lib/tools/doctor/report.ts';
import { readTarget } from '../../../lib/tools/doctor/target.ts';

const target = readTarget({
  url: 'https://api.example.com/v1/',
  origin: 'https://app.example.com',
  basePath: '/auth',
  route: '/sessioninfo',
});

const diagnosis: Diagnosis = {
  target,
  isReachable: true,
  findings: [
    ok('scheme', 'Good.'),
    warning('same-site', 'Two sites.', 'Use one.', SEE.domains),
    problem('core', 'Down.', 'Start it.'),
    skipped('log-in', 'No user.'),
  ],
};

test('the text has findings by subject, and how to fix them', () => {
  expect(textReport(diagnosis, false)).toBe(`https://api.example.com/v1, called from https://app.example.com

addresses
  ok      scheme: Good.
  warning same-site: Two sites.
          -> Use one. (docs/deploying.md#domains-and-cookies)

service
  problem core: Down.
          -> Start it.

log-in
  skipped log-in: No user.

1 problem, 1 warning, 1 ok, 1 skipped.`);
});

test('checks of a subject that are skipped for the same reason share a line, and each is counted', () => {
  const findings = [
    skipped('log-in', 'Needs a session.'),
    skipped('cookies', 'Needs a session.'),
    skipped('header-mode', 'Another reason.'),
    skipped('refresh', 'Needs a session.'),
  ];
  const text = textReport({ ...diagnosis, findings }, false);
  expect(text.split('\n').filter((line) => line.startsWith('  '))).toEqual([
    '  skipped log-in, cookies: Needs a session.',
    '  skipped header-mode: Another reason.',
    '  skipped refresh: Needs a session.',
  ]);
  expect(text).toContain('4 skipped.');
});

test('colour is put on and nothing else', () => {
  const coloured = textReport(diagnosis, true);
  expect(coloured).toContain('\u001b[31mproblem');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal gets.
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(textReport(diagnosis, false));
});

test('the JSON says what was examined, how often each level is there, and the findings', () => {
  expect(JSON.parse(jsonReport(diagnosis))).toEqual({
    ...target,
    isReachable: true,
    counts: { ok: 1, warning: 1, problem: 1, skipped: 1 },
    findings: diagnosis.findings,
  });
});

test.each(Object.values(SEE))('what findings point to is there: %s', async (reference) => {
  const [file = '', anchor] = reference.split('#');
  const headings = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );
  expect(headings).toContain(anchor ?? headings[0]);
});

/** As GitHub makes them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
