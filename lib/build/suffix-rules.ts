/** The code of a UTF-16 unit, four digits. */
export const hexOf = (unit: string): string => unit.charCodeAt(0).toString(16).padStart(4, '0');

/** A label as a line's name has it: every other UTF-16 unit is `%` and four digits, so that no two labels become one. */
export const escaped = (label: string): string => label.replaceAll(/[^a-z0-9*-]/g, (unit) => `%${hexOf(unit)}`);

type Branches = Record<string, unknown>;

/** An object whose properties `find` computes at their first use. */
function branches(find: (label: string) => unknown): Branches {
  const found = new Map<string, unknown>();
  const get = (label: string) => {
    if (!found.has(label)) found.set(label, find(label));
    return found.get(label);
  };
  return new Proxy<Branches>(
    {},
    {
      get: (_target, label) => get(String(label)),
      getOwnPropertyDescriptor(_target, label) {
        const value = get(String(label));
        return value === undefined ? undefined : { value, configurable: true, enumerable: true };
      },
    },
  );
}

/** tldts's flags of public suffixes: of registries, and of companies. Most have no other suffix below, and are listed by name. */
export const PLAIN_FLAGS: readonly number[] = [1, 2];

/**
 * tldts's tree of rules, which parses only the rules that are used.
 * @param read returns the text that `public-suffixes.ts` has written
 */
export function rulesIn(read: () => string): Branches {
  let text: string | undefined;
  const lineOf = (name: string): string | undefined => {
    text ??= read();
    const start = text.indexOf(`\n${name} `) + name.length + 2;
    return start < name.length + 2 ? undefined : text.slice(start, text.indexOf('\n', start));
  };
  const isListed = (label: string, domain: string, flags: number) =>
    ` ${lineOf(`${domain}=${flags}`)}`.includes(` ${label} `);
  const second = (domain: string) =>
    branches((label) => {
      const flags = PLAIN_FLAGS.find((candidate) => isListed(escaped(label), domain, candidate));
      if (flags !== undefined) return [flags, {}];
      const tree = lineOf(`${escaped(label)}.${domain}`);
      return tree === undefined ? undefined : JSON.parse(tree);
    });
  return branches((label) => {
    const flags = lineOf(escaped(label));
    return flags === undefined ? undefined : [Number(flags), second(escaped(label))];
  });
}
