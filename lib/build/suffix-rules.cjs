/** Of a UTF-16 unit, four digits. */
const hexOf = (unit) => unit.charCodeAt(0).toString(16).padStart(4, '0');

/** A label as it stands in a line's name: any other UTF-16 unit as `%` and four digits, so that no two labels become one. */
const escaped = (label) => label.replaceAll(/[^a-z0-9*-]/g, (unit) => `%${hexOf(unit)}`);

/** Nobody is asked twice for what a label stands for. */
function branches(find) {
  const found = new Map();
  const get = (label) => {
    if (!found.has(label)) found.set(label, find(label));
    return found.get(label);
  };
  return new Proxy(
    {},
    {
      get: (_target, label) => get(label),
      getOwnPropertyDescriptor(_target, label) {
        const value = get(label);
        return value && { value, configurable: true, enumerable: true };
      },
    },
  );
}

/**
 * tldts's tree of rules, of which is made what is asked for.
 * @param read gives the text that `public-suffixes.cjs` has written, when it is first needed
 */
exports.rulesIn = (read) => {
  let text;
  const lineOf = (name) => {
    text ??= read();
    const start = text.indexOf(`\n${name} `) + name.length + 2;
    return start < name.length + 2 ? undefined : text.slice(start, text.indexOf('\n', start));
  };
  const second = (domain) =>
    branches((label) => {
      const tree = lineOf(`${escaped(label)}.${domain}`);
      return tree && JSON.parse(tree);
    });
  return branches((label) => {
    const flags = lineOf(escaped(label));
    return flags && [Number(flags), second(escaped(label))];
  });
};

exports.escaped = escaped;
exports.hexOf = hexOf;
