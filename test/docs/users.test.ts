import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The stores of the recipes that keep users. The sessions have a table of their own. */
const STORES = readdirSync('lib/core').flatMap((recipe) => {
  const folder = `lib/core/${recipe}/store`;
  return recipe === 'session' ? [] : filesIn(folder).map((file) => `${folder}/${file}`);
});

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
}

/** What the partition keys of items begin with, such as `user` of `user#<id>`. */
const prefixes = new Set(
  STORES.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/[`']([a-z]+)#(?:public#)?['$\w]/g)].map(([, prefix = '']) => prefix),
  ),
);

test('docs/stored-users.md lists every kind of item that the core stores of users', () => {
  const listed = new Set(
    [...readFileSync('docs/stored-users.md', 'utf8').matchAll(/`([a-z]+)#/g)].map(([, prefix = '']) => prefix),
  );
  expect(prefixes).toContain('identity');
  // Parts within a key, such as the recipe of an identity and the kind of a contact.
  const parts = ['passwordless', 'thirdparty', 'email', 'phone'];
  expect([...prefixes].filter((prefix) => !parts.includes(prefix) && !listed.has(prefix))).toEqual([]);
});
