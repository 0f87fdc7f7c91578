import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inlinePage } from '../../lib/build/inline-page.ts';

const PAGE = `<head>
  <!-- not for readers -->
  <link rel="stylesheet" href="page.css">
</head>
<script type="module" src="page.ts"></script>`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inline-page-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(files: Readonly<Record<string, string>>) {
  const all = { 'page.html': PAGE, 'page.css': 'p { color: red }', 'page.ts': '', ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page.html')],
    bundle: true,
    format: 'cjs',
    write: false,
    logLevel: 'silent',
    plugins: [inlinePage()],
  });
  const module = { exports: {} };
  new Function('module', outputFiles[0]?.text ?? '')(module);
  return module.exports as { html: string; styleHash: string; scriptHash: string };
}

const between = (html: string, tag: string): string =>
  new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 's').exec(html)?.[1] ?? '';
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

test('a page becomes one text: its style, and its script with what that imports', async () => {
  const { html } = await load({
    'page.ts': `import { word } from './word.ts'; document.title = word as string;`,
    'word.ts': `export const word: string = 'bundled';`,
  });
  expect(html).toBe(
    '<head>\n<style>p{color:red}</style>\n</head>\n<script type="module">var t="bundled";document.title=t;</script>',
  );
});

test('the hashes are those of what stands between the tags', async () => {
  const { html, styleHash, scriptHash } = await load({ 'page.ts': 'console.log(1)' });
  expect(styleHash).toBe(hashOf(between(html, 'style')));
  expect(scriptHash).toBe(hashOf(between(html, 'script')));
  expect(scriptHash).not.toBe((await load({ 'page.ts': 'console.log(2)' })).scriptHash);
});

test('a script may hold what ends a script, or stands for something when replacing', async () => {
  const { html } = await load({ 'page.ts': `console.log('</script>', '$&', "$'")` });
  expect(html.match(/<\/script>/g)).toHaveLength(1);
  expect(between(html, 'script')).toContain('"$&"');
});

test('a page without a script, and one with a faulty script, cannot be bundled', async () => {
  await expect(load({ 'page.html': '<p>' })).rejects.toThrow(/page\.html lacks .*stylesheet/);
  await expect(load({ 'page.ts': 'const = 1' })).rejects.toThrow(/Expected identifier/);
});
