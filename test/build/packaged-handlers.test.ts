import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { unzipSync } from 'fflate';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import { packageProduction, packageTemplate, type Template } from '../fixtures/packaged-template.ts';

/** What Lambda loads: `handler` names a file and its export. */
interface PackagedFunction {
  readonly name: string;
  readonly handler: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'packaged-handlers-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Unpacks every function of a template. */
function unpack(template: Template): PackagedFunction[] {
  return template.ofType('AWS::Lambda::Function').map(([name, { Properties }]) => {
    const folder = mkdtempSync(join(root, 'function-'));
    const zip = template.zips.get(String(Properties.Code.S3Key).split('/').at(-1) ?? '');
    if (zip === undefined) throw new Error(`${name} has no package`);
    for (const [file, contents] of Object.entries(unzipSync(zip))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), contents);
    }
    const variables = Object.entries(Properties.Environment.Variables as Record<string, unknown>);
    const text = variables.filter((variable): variable is [string, string] => typeof variable[1] === 'string');
    return { name, handler: Properties.Handler, folder, environment: Object.fromEntries(text) };
  });
}

/** Imports functions as Lambda's runtime does. @returns the type of each export */
async function load(functions: readonly PackagedFunction[]): Promise<Record<string, string>> {
  const main = join(root, 'main.mjs');
  writeFileSync(
    main,
    `for (const { name, handler, folder, environment } of ${JSON.stringify(functions)}) {
      process.env = { ...environment, AWS_REGION: 'us-east-1', DYNAMODB_ENDPOINT: 'http://127.0.0.1:9', API_KEYS: 'a-key-of-twenty-characters' };
      process.env.API_DOMAIN ??= 'http://localhost:3001';
      const [file, exported] = handler.split('.');
      const module = await import(\`\${folder}/\${file}.cjs\`);
      console.log(JSON.stringify([name, typeof module[exported]]));
    }
    process.exit();`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env: { PATH: process.env.PATH } });
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

const allFunctions = (functions: readonly PackagedFunction[]) =>
  Object.fromEntries(functions.map(({ name }) => [name, 'function']));

test('every function of the template finds its handler in its package', async () => {
  const [development, production] = await Promise.all([packageTemplate(), packageProduction()]);
  const functions = [...unpack(development), ...unpack(production)];
  expect(functions.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['AuthLambdaFunction', 'CoreLambdaFunction']),
  );
  expect(await load(functions)).toEqual(allFunctions(functions));
}, 300_000);

test('every handler that the documents name is an export of its bundle', async () => {
  const documents = ['README.md', ...readdirSync('docs').map((file) => join('docs', file))];
  const text = documents.filter((file) => file.endsWith('.md')).map((file) => readFileSync(file, 'utf8'));
  const handlers = [...text.join('\n').matchAll(/^ *handler: *(handlers\/[\w-]+)\.(\w+)/gm)].map((match) => match[0]);
  const existing = readdirSync('handlers').map((file) => `handlers/${file.replace('.ts', '')}`);
  const named = handlers
    .map((line) => line.replace(/^ *handler: */, ''))
    // The file of a tutorial is the reader's to write.
    .filter((handler) => existing.includes(handler.split('.')[0] ?? ''));
  expect(named).toContain('handlers/authorizer.headerHandler');
  const folder = join(root, 'documents');
  await build({
    ...bundlingOptions(),
    entryPoints: [...new Set(named)].map((handler) => `${handler.split('.')[0]}.ts`),
    outdir: join(folder, 'handlers'),
    outExtension: { '.js': '.cjs' },
  });
  const functions = named.map((handler) => ({
    name: handler,
    handler,
    folder,
    environment: { PUBLISHED_KEYS_TABLE: 'keys' },
  }));
  expect(await load(functions)).toEqual(allFunctions(functions));
});
