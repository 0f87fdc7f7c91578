import { readFileSync } from 'node:fs';
import { LOCKED, MANIFEST, type Manifest, ROOT } from '../../fixtures/lockfile.ts';
import { isAllowed } from './licenses.ts';

const DIRECT = { ...MANIFEST.dependencies, ...MANIFEST.devDependencies };

test.each(Object.entries({ ...DIRECT, ...MANIFEST.overrides }))(
  '%s is asked for in one version: %s',
  (_name, version) => {
    expect(version).toMatch(/^(npm:[a-z]+@)?\d+\.\d+\.\d+$/);
  },
);

test('npm install keeps it so, and writes no addresses of registries', () => {
  expect(readFileSync('.npmrc', 'utf8').split('\n')).toEqual(
    expect.arrayContaining(['save-exact=true', 'omit-lockfile-registry-resolved=true']),
  );
});

test('the lockfile is that of package.json', () => {
  const pick = ({ dependencies, devDependencies }: Manifest) => ({ dependencies, devDependencies });
  expect(pick(ROOT)).toEqual(pick(MANIFEST));
  for (const [name, version] of Object.entries(DIRECT)) {
    expect(LOCKED.find(({ folder }) => folder === `node_modules/${name}`)?.version).toBe(version.split('@').at(-1));
  }
});

test('the lockfile has the hash of every package, and the address of none', () => {
  expect(LOCKED.length).toBeGreaterThan(500);
  expect(LOCKED.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  expect(LOCKED.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

test('whether it may run something when it is installed has been decided for each package that wants to', () => {
  const wanting = LOCKED.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(Object.keys(MANIFEST.allowScripts).sort()).toEqual([...new Set(wanting)].sort());
});

test('SECURITY.md rebuilds the packages whose install scripts are allowed, and no others, for an npm that ignores the list', () => {
  const allowed = Object.keys(MANIFEST.allowScripts).filter((name) => MANIFEST.allowScripts[name]);
  const [, rebuilt = ''] =
    /npm ci --ignore-scripts && npm rebuild ([^`]+)`/.exec(readFileSync('SECURITY.md', 'utf8')) ?? [];
  expect(rebuilt.split(' ').sort()).toEqual(allowed.sort());
});

test('no licence asks for more than the list of those allowed says', () => {
  const refused = LOCKED.filter(({ license, dev }) => !isAllowed(license ?? 'none', dev ? 'tool' : 'shipped'));
  expect(refused.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
});

/** Whether a range of `engines` has Node.js 22.20: alternatives such as `>=18`, `^22.18.0` or `22`. */
const hasNode22 = (range: string): boolean =>
  range.split('||').some((alternative) => {
    if (alternative.trim() === '*') return true;
    const [, sign, major, minor = '0'] = /^\s*(>=?|\^|~)?\s*v?(\d+)(?:\.(\d+))?/.exec(alternative) ?? [];
    const isMinorEnough = Number(major) === 22 && Number(minor) <= 20;
    return isMinorEnough || (sign?.startsWith('>') === true && Number(major) < 22);
  });

test('npm on Node.js 22 warns about no package', () => {
  expect(['>= 18', '^20 || ^22.18.0', '22', '*'].map(hasNode22)).toEqual([true, true, true, true]);
  expect(['^20', '>=24', '>=22.21', '~18.1'].map(hasNode22)).toEqual([false, false, false, false]);
  const unsupported = LOCKED.filter(({ engines }) => engines?.node !== undefined && !hasNode22(engines.node));
  expect(unsupported.map(({ name, engines }) => `${name}: ${engines?.node}`)).toEqual([]);
});

test('what npm run test:mutation installs has exact versions and hashes, too', () => {
  const { packages } = JSON.parse(readFileSync('test/mutation/package-lock.json', 'utf8')) as {
    packages: Readonly<
      Record<string, { readonly integrity?: string; readonly resolved?: string; readonly devDependencies?: object }>
    >;
  };
  for (const version of Object.values(packages['']?.devDependencies ?? {})) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const others = Object.entries(packages).filter(([folder]) => folder !== '');
  expect(others.length).toBeGreaterThan(100);
  for (const [folder, { integrity, resolved }] of others) {
    expect([folder, integrity, resolved]).toEqual([folder, expect.stringMatching(/^sha512-/), undefined]);
  }
});
