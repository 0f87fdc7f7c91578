import { withoutArrows } from '../../lib/build/plain-functions.cjs';

/** Programs that leave what they come to in `r`, and how many of their arrow functions must stay as they are. */
const PROGRAMS: readonly (readonly [name: string, program: string, staying?: number])[] = [
  ['an expression', 'const f = (a, b) => a + b; r = f(1, 2);'],
  ['a block', 'const f = (a) => { const b = a + 1; return b; }; r = f(1);'],
  ['no parameter', 'const f = () => 3; r = f();'],
  ['a parameter without parentheses', 'const f = a => a + 1; r = f(1);'],
  ['a comma at the end', 'const f = (a, b,) => a + b; r = f(1, 2);'],
  ['an object', 'const f = () => ({ a: 1 }); r = f();'],
  ['a sequence', 'const f = () => (1, 2); r = f();'],
  ['the rest', 'const f = (...all) => all.length; r = f(1, 2, 3);'],
  ['a default', 'const f = (g = () => 4) => g(); r = f();'],
  ['a default within a pattern', 'const f = ({ g = (x) => (y) => x + y } = {}) => g(1)(2); r = f();'],
  ['one within another', 'const f = a => b => c => a + b + c; r = f(1)(2)(3);'],
  ['a block within an expression', 'const f = a => b => { return a + b; }; r = f(1)(2);'],
  ['parentheses around one', 'const f = () => ((x => x)); r = f()(7);'],
  ['one that is called', 'r = (() => 3)();'],
  ['a condition', 'const f = r ? () => 1 : () => 2; r = f();'],
  ['async', 'const f = async x => (await x) + 1; r = f(Promise.resolve(1));'],
  ['several lines', 'const f = (\n  a,\n  b\n) =>\n  // adds\n  a +\n  b; r = f(1, 2);'],
  ['a template', `const f = (x) => \`$\{((y) => y + 1)(x)}\`; r = f(1);`],
  ['`in` within a loop', "for (const f = (q) => ('a' in q);;) { r = f({ a: 1 }); break; }"],
  ['a loop', 'const all = []; for (let i = 0; i < 3; i++) all.push(() => i); r = all.map((f) => f());'],
  ['a label', 'const f = () => { a: for (;;) { for (;;) break a; } return 2; }; r = f();'],
  ['names', 'const f = () => 1; const o = { g: () => 1 }; r = [f.name, o.g.name, f.length];'],
  ['a class within', 'const f = () => class { m() { return this.n; } n = 5; }; r = new (f())().m();'],
  [
    'a function within that has its own',
    'const f = () => function () { return [this.n, arguments.length]; }; r = f().call({ n: 1 }, 2);',
  ],
  ['a generator', 'function* g() { const f = (x) => x * 2; yield f(2); } r = [...g()];'],
  ['a regular expression and a text with arrows', "const f = (t) => /=>/.test(t); r = f('() => 1');"],
  ['a statement of its own', '() => 1, 2; r = 3;', 1],
  ['`this` of a method', 'const o = { k: 8, m() { return () => () => this.k; } }; r = o.m()()();', 2],
  ['`this` of a field', 'class A { n = 1; f = () => this.n; } r = new A().f.call(null);', 1],
  ['`this` of a static field', 'class A { static n = 2; static f = () => this.n; } r = A.f.call(null);', 1],
  ['a private field', 'class A { #n = 3; #f = () => this.#n; g() { return (0, this.#f)(); } } r = new A().g();', 1],
  ['a static block', 'class A { static v; static { const f = () => this; this.v = f() === A; } } r = A.v;', 1],
  ['`this` in a default', 'const o = { k: 7, m(a = () => this.k) { return a(); } }; r = o.m();', 1],
  ['`arguments`', 'function g() { return (() => arguments.length)(); } r = g(1, 2, 3);', 1],
  ['`new.target`', 'function C() { this.t = (() => new.target === C)(); } r = new C().t;', 1],
  [
    '`super`',
    'class B { m() { return 1; } } class D extends B { m() { return (() => super.m() + 1)(); } } r = new D().m();',
    1,
  ],
  [
    '`super()`',
    'class B { b = 1; } class D extends B { constructor() { const f = () => super(); f(); } } r = new D().b;',
    1,
  ],
  [
    'what runs before `super()`',
    'class B { constructor(f) { this.f = f; } n = 2; } class D extends B { constructor() { super(() => this.n); } } r = new D().f.call(null);',
    1,
  ],
  [
    'a computed name',
    "const o = { q: 'k', m() { class X { [(() => this.q)()]() { return 1; } } return new X().k(); } }; r = o.m();",
    1,
  ],
  ['`eval`', "const f = (x) => eval('x + 1'); r = f(1);", 1],
];

const run = async (program: string): Promise<unknown> =>
  new Function(`'use strict'; let r; ${program}\nreturn r;`).call({}) as unknown;

describe.each(PROGRAMS.map(([name, program, staying = 0]) => ({ name, program, staying })))(
  '$name',
  ({ program, staying }) => {
    const written = withoutArrows(`let r; ${program}`).slice('let r; '.length);

    test('comes to the same', async () => {
      const result = await run(program);
      expect(result).toBeDefined();
      expect(await run(written)).toEqual(result);
    });

    test('is a function expression, unless it has something from around it', () => {
      const code = written.replaceAll(/\/=>\/|'[^']*'/g, '');
      expect(code.match(/=>/g)?.length ?? 0).toBe(staying);
    });

    test('stays in its lines', () => {
      expect(written.split('\n')).toHaveLength(program.split('\n').length);
    });
  },
);

test('whatever Node.js takes for a script or a module is read', () => {
  expect(withoutArrows("#!/usr/bin/env node\nimport a from 'a'; export default () => a;")).toContain(
    'export default () => a',
  );
  expect(withoutArrows('return exports.f = () => 010;')).toBe('return exports.f = function() {return (010)};');
});
