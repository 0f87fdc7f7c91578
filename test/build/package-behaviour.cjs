// Loads bundles, and prints what each exports. A process of its own: packages may change globals, or keep a process running.
const { inspect } = require('node:util');

/** What a value is, in as much detail as two builds of one source must share. Source text is not: its white space may differ. */
function describe(value, depth, seen) {
  if (typeof value === 'function') return describeFunction(value, depth, seen);
  if (typeof value !== 'object' || value === null) return typeof value === 'symbol' ? String(value) : inspect(value);
  if (seen.has(value)) return '[seen]';
  seen.add(value);
  if (depth === 0) return `[${value.constructor?.name ?? 'object'}]`;
  return { is: value.constructor?.name ?? 'object', has: describeProperties(value, depth - 1, seen) };
}

function describeFunction(value, depth, seen) {
  if (seen.has(value)) return '[seen]';
  seen.add(value);
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
  const described = `${kind} ${value.name}/${value.length}`;
  if (depth === 0) return described;
  const prototype = typeof value.prototype === 'object' && value.prototype !== null ? value.prototype : {};
  return {
    is: described,
    extends: Object.getPrototypeOf(value)?.name,
    has: describeProperties(value, depth - 1, seen),
    instances: describeProperties(prototype, depth - 1, seen),
  };
}

function describeProperties(value, depth, seen) {
  const described = {};
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (['prototype', 'name', 'length', 'caller', 'arguments'].includes(key) && typeof value === 'function') continue;
    described[String(key)] = 'value' in property ? describe(property.value, depth, seen) : 'accessor';
  }
  return described;
}

function behaviourOf(file) {
  try {
    const { exported } = require(file);
    return describe(exported, 3, new Set());
  } catch (error) {
    return { throws: `${error?.constructor?.name}: ${error?.message}`.split('\n')[0] };
  }
}

process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);
const files = JSON.parse(process.argv[2]);
const behaviours = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, behaviourOf(file)]));
require('node:fs').writeFileSync('behaviours.json', JSON.stringify(behaviours));
process.exit(0);
