import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type BundledPackage, bundledPackages } from '../../../lib/tools/supply-chain/bundled-packages.ts';
import { NOTICES_FILE, noticesOf } from '../../../lib/tools/supply-chain/notices.ts';
import { LOCKED } from '../../fixtures/lockfile.ts';
import { isAllowed } from './licenses.ts';

describe('a licence', () => {
  test.each([
    'MIT',
    '(MIT)',
    'MIT AND Apache-2.0',
    'GPL-3.0-or-later OR MIT',
    '(MIT AND Zlib)',
    'MIT AND GPL-2.0 OR ISC',
  ])('%s may be shipped', (license) => {
    expect(isAllowed(license, 'shipped')).toBe(true);
  });

  test.each([
    'GPL-3.0-or-later',
    'MIT AND GPL-3.0-or-later',
    'AGPL-3.0-only OR GPL-2.0-only',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE',
    '',
  ])('%s may be used nowhere', (license) => {
    expect(isAllowed(license, 'tool')).toBe(false);
  });

  test('CC-BY-4.0 is good for a tool, and for what is shipped it is not', () => {
    expect(isAllowed('CC-BY-4.0', 'tool')).toBe(true);
    expect(isAllowed('CC-BY-4.0', 'shipped')).toBe(false);
  });
});

interface Component {
  readonly purl: string;
  readonly properties: readonly { readonly name: string }[];
}

interface Sbom {
  readonly bomFormat: string;
  readonly components: readonly Component[];
}

/** How an SBOM names a package (package-url, type npm). */
const purlOf = ({ name, version }: BundledPackage): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

describe('the bundles', () => {
  const bundled = bundledPackages();

  test('have only packages whose licence allows it', async () => {
    expect((await bundled).filter(({ license }) => !isAllowed(license, 'shipped'))).toEqual([]);
  });

  test('have only packages that the lockfile counts as needed at run time', async () => {
    const tools = new Set(LOCKED.filter(({ dev }) => dev).map(({ folder }) => folder));
    expect((await bundled).filter(({ folder }) => tools.has(folder)).map(({ name }) => name)).toEqual([]);
  });

  // With --omit=dev npm 11 leaves out packages that are needed for tools as well.
  test('have only packages that npm run sbom lists as more than tools', async () => {
    const { stdout } = await promisify(exec)('npm run --silent sbom', { maxBuffer: 10_000_000 });
    const { bomFormat, components } = JSON.parse(stdout) as Sbom;
    const isTool = ({ properties }: Component) => properties.some(({ name }) => name === 'cdx:npm:package:development');
    const listed = new Set(components.filter((component) => !isTool(component)).map(({ purl }) => purl));
    expect(bomFormat).toBe('CycloneDX');
    expect((await bundled).map(purlOf).filter((purl) => !listed.has(purl))).toEqual([]);
  });

  test('have packages whose notices are those of the page; npm run licenses writes it', async () => {
    expect(readFileSync(NOTICES_FILE, 'utf8')).toBe(noticesOf(await bundled));
  });
});
