import { PassThrough } from 'node:stream';
import { createTerminal, type Terminal } from '../../lib/tools/command-line.ts';

/** A terminal as a person sees it: what is typed is shown, unless it is hidden. */
function seenTerminal(): { readonly terminal: Terminal; type(line: string): void; seen(): string } {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const errors = Object.assign(new PassThrough(), { isTTY: true });
  let shown = '';
  errors.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const terminal = createTerminal({ input: Object.assign(input, { isTTY: true }), output, errors });
  return { terminal, type: (line) => void input.write(`${line}\r`), seen: () => shown };
}

test('a secret that is typed is not shown, and neither is it at a later question', async () => {
  const { terminal, type, seen } = seenTerminal();
  const secret = terminal.askSecret('Password: ');
  type(' open sesame ');
  expect(await secret).toBe(' open sesame ');
  expect(seen()).toContain('Password: ');
  const answer = terminal.ask('Sure? ');
  // The arrow up would bring back the line before.
  type('\u001b[Ayes ');
  expect(await answer).toBe('yes');
  expect(seen()).toContain('Sure? ');
  expect(seen()).toContain('yes');
  expect(seen()).not.toContain('sesame');
  terminal.close();
});
