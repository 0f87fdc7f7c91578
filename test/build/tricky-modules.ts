/** A module whose meaning a careless build changes. It exports `observed`. */
export interface TrickyModule {
  readonly title: string;
  /** The module `index.ts`, and others that it imports. */
  readonly files: Readonly<Record<string, string>>;
  /** The value of `observed`. */
  readonly observed: unknown;
}

const moduleOf = (title: string, source: string, observed: unknown, files = {}): TrickyModule => ({
  title,
  files: { 'index.ts': source, ...files },
  observed,
});

const compilerOptions = (options: object): Readonly<Record<string, string>> => ({
  'tsconfig.json': JSON.stringify({ compilerOptions: options }),
});

const SETTER = `
const seen: string[] = [];
class Base { set name(value: string) { seen.push(value); } }
class Derived extends Base { name = 'field'; }
const { name } = new Derived();
export const observed = [seen, name ?? null, Object.hasOwn(new Derived(), 'name')];`;

const PARAMETER_PROPERTY = `
class Point { sum = this.x + 1; constructor(readonly x: number) {} }
export const observed = String(new Point(2).sum);`;

const LEGACY_DECORATORS = `
const log: string[] = [];
const noted = (target: object, key: string) => { log.push(typeof target + ' ' + key); };
class Service { @noted first() {} @noted static second() {} }
new Service();
export const observed = log;`;

const DECORATORS = `
const log: string[] = [];
const noted = (value: Function, { kind, name }: { kind: string; name: string | symbol }) => {
  log.push(kind + ' ' + String(name) + ' ' + value.name);
};
const doubled = (_value: undefined, _context: object) => (initial: number) => 2 * initial;
@noted class Service { @noted run() {} @doubled count = 21; @noted get total() { return 1; } }
export const observed = [log, new Service().count];`;

const NAMES = `
const named = {
  alias: class NotFoundError extends Error {},
  handler: function verifyThing() {},
  arrow: () => {},
  async *['computed' + 'Key']() {},
};
const later = (() => { const inner = function innermost() { return 1; }; return inner; })();
class Static { static describe() { return this.name; } }
const thrown = (() => { try { throw new named.alias('x'); } catch (error) { return (error as Error).constructor.name; } })();
export const observed = [...Object.values(named).map(({ name }) => name), later.name, Static.describe(), thrown];`;

const LINE_BREAKS = `
const make = () => { return () => 1 };
const one = () => 1
;(() => { (globalThis as any).called = (one as any)() })()
const calls = (globalThis as any).called
delete (globalThis as any).called
function early() {
  return
  2
}
let a = 1, b = 2
;[a, b] = [b, a]
const text = \`x
\${make()()}\`
label: for (const i of [1, 2]) { for (;;) { continue label } }
const before = a
++
b
export const observed = [make()(), calls, early() ?? null, a, b, before, text, typeof/x/.source, - -a, +-+a, a-->0]`;

const SYNTAX = `
const calls: string[] = [];
const noted = <Value>(name: string, value: Value): Value => { calls.push(name); return value; };
const holder: { value?: number; nested?: { value: number } } = {};
holder.value ??= noted('??=', 1);
holder.value ||= noted('||=', 2);
holder.nested?.[noted('?.[', 'value') as 'value'];
const { [noted('key', 'a')]: a = noted('default', 3), ...rest } = noted('source', { b: 4 } as Record<string, number>);
switch (noted('switch', 2)) { case noted('case 1', 1): break; default: noted('default case', 0); case 3: noted('case 3', 0); }
try { null!; throw noted('thrown', 'x'); } catch { noted('catch', 0); } finally { noted('finally', 0); }
if (noted('left', false) && noted('never', true)) noted('never', 0); else noted('else', 0);
const chosen = noted('a', 0) || noted('b', '') || noted('c', 'last');
void noted('void', 0);
export const observed = [calls, holder, a, rest, chosen, 0 === -0, Object.is(-0, 0 * -1), 1e21 + 1, 0.1 + 0.2, '\\u2028'.length, /[\\u{1F600}]/u.test('😀')];`;

const ENUMS = `
enum Level { Low = 1, High = Low << 2, Text = 'text' as any }
const enum Inlined { One = 1 }
namespace Space { export const value = 5; export function twice() { return 2 * value; } }
declare const absent: unknown;
export const observed = [Level.High, Level[1], Object.keys(Level), Inlined.One, Space.twice(), typeof absent];`;

const CYCLE = `
import { second } from './second.ts';
export const first = 'first';
export function fromFirst() { return first; }
export const observed = second();`;

const DYNAMIC = `
import * as all from './values.ts';
import { createRequire } from 'node:module';
const { join } = createRequire('/')('node:path');
all.change();
const property = 'value' as 'value';
export const observed = [all.value, all[property], Object.keys(all).sort(), join('a', 'b'), typeof require, typeof module];`;

const PURE = `
const calls: string[] = [];
const noted = (name: string) => { calls.push(name); return name; };
noted('called');
const unused = noted('unused');
class Unused { static field = noted('static field'); static { noted('static block'); } }
import './effect.ts';
export const observed = [calls, (globalThis as any).effect];
delete (globalThis as any).effect;`;

export const TRICKY_MODULES: readonly TrickyModule[] = [
  moduleOf('names of classes and functions', NAMES, [
    ...['NotFoundError', 'verifyThing', 'arrow', 'computedKey', 'innermost', 'Static', 'NotFoundError'],
  ]),
  moduleOf('line breaks, and tokens without spaces', LINE_BREAKS, [
    ...[1, 1, null, 2, 2, 2, 'x\n1', 'string', 2, -2, true],
  ]),
  moduleOf('the order in which an expression is evaluated', SYNTAX, [
    [
      ...[
        '??=',
        'source',
        'key',
        'default',
        'switch',
        'case 1',
        'default case',
        'case 3',
        'thrown',
        'catch',
        'finally',
      ],
      ...['left', 'else', 'a', 'b', 'c', 'void'],
    ],
    ...[{ value: 1 }, 3, { b: 4 }, 'last', true, true, 1e21, 0.300_000_000_000_000_04, 1, true],
  ]),
  moduleOf('a class field that its base class has a setter for', SETTER, [[], 'field', true]),
  moduleOf('a class field without useDefineForClassFields', SETTER, [['field', 'field'], null, false], {
    ...compilerOptions({ useDefineForClassFields: false }),
  }),
  moduleOf('a field that reads a parameter property', PARAMETER_PROPERTY, 'NaN'),
  moduleOf('a field that reads a parameter property, with TypeScript of before 2022', PARAMETER_PROPERTY, '3', {
    ...compilerOptions({ target: 'es2021' }),
  }),
  moduleOf('decorators of the standard', DECORATORS, [
    ['method run run', 'getter total get total', 'class Service Service'],
    42,
  ]),
  moduleOf("TypeScript's older decorators", LEGACY_DECORATORS, ['object first', 'function second'], {
    ...compilerOptions({ experimentalDecorators: true }),
  }),
  moduleOf('enums and namespaces', ENUMS, [4, 'Low', ['1', '4', 'Low', 'High', 'Text'], 1, 10, 'undefined']),
  moduleOf('modules that import each other', CYCLE, ['first', 'second'], {
    'second.ts': `import { fromFirst } from './index.ts';
export function second() { try { return [fromFirst(), 'second']; } catch (error) { return [(error as Error).name]; } }`,
  }),
  moduleOf(
    'live bindings, and names that are known only when the module runs',
    DYNAMIC,
    [...[2, 2, ['change', 'value'], 'a/b', 'function', 'object']],
    { 'values.ts': 'export let value = 1; export function change() { value = 2; }' },
  ),
  moduleOf(
    'calls whose results are not used',
    PURE,
    [['called', 'unused', 'static field', 'static block'], 'imported'],
    {
      'effect.ts': "(globalThis as any).effect = 'imported';",
    },
  ),
  moduleOf(
    'a package that the engine replaces for the SDK',
    `
import fetchAnywhere, { Headers, Request, Response } from 'cross-fetch';
import * as colors from 'supports-color';
import { parse } from 'tldts';
export const observed = [typeof fetchAnywhere, ...[Headers, Request, Response].map((part) => typeof part), typeof colors.supportsColor,
  parse('https://a.example.co.uk').domain];`,
    ['function', 'function', 'function', 'function', 'function', 'example.co.uk'],
    {},
  ),
  moduleOf(
    'a package below one that the engine replaces',
    `
import 'cross-fetch/polyfill';
export const observed = typeof fetch;`,
    'function',
  ),
];
