import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import { createRecipeFinder } from '../../lib/build/imported-recipes.ts';

const SOURCES = {
  'shared.ts': "import Session from 'supertokens-node/recipe/session';\nexport const session = Session.init();\n",
  'one.ts': "export { session } from './shared.ts';\n",
  'two.ts': "import Roles from 'supertokens-node/recipe/userroles';\nexport const roles = Roles.init();\n",
  'type.ts': "import type Session from 'supertokens-node/recipe/session';\nexport type Of = typeof Session;\n",
  'faulty.ts': "import './no-such-file.ts';\nexport const none = 1;\n",
};

let folder: string;
beforeAll(() => {
  mkdirSync('.build', { recursive: true });
  folder = mkdtempSync(resolve('.build/imported-recipes-'));
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(folder, name), source);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Asks for the recipes of several builds at once. @returns the recipes of each, and how many scans found them */
async function find(...names: readonly (keyof typeof SOURCES)[]) {
  const findRecipes = createRecipeFinder();
  const build = jest.fn(esbuild.build) as typeof esbuild.build & jest.Mock;
  const recipes = await Promise.all(
    names.map((name) => {
      const entryPoints = [relative('.', join(folder, name))];
      return findRecipes({ esbuild: { ...esbuild, build }, initialOptions: { entryPoints } });
    }),
  );
  return { recipes, scans: build.mock.calls.length };
}

test("builds that start together are scanned together, and each gets its own code's recipes", async () => {
  expect(await find('one.ts', 'two.ts', 'type.ts')).toEqual({
    recipes: [['session'], ['userroles'], []],
    scans: 1,
  });
});

test("a file that cannot be built takes nothing from the others' recipes", async () => {
  expect((await find('one.ts', 'faulty.ts', 'two.ts')).recipes).toEqual([['session'], [], ['userroles']]);
});
