import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { howToCall, wrongUsage } from '../dev/wrong-usage.ts';
import { terminalText } from './terminal-text.ts';

/** What a command's process ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, incomplete: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was called wrongly; its message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command could not do. Its message is for the user of the command. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The terminal of a command: its output and its questions. No text controls it, apart from ends of lines and a report's colours. */
export interface Terminal {
  /** Whether a person can answer questions. */
  readonly isInteractive: boolean;
  /** Prints the command's result. */
  print(text: string): void;
  /** Prints a message for people, which is no part of the result. */
  notify(text: string): void;
  /** @returns the answer without blanks around it. @throws CommandFailed if the input has ended */
  ask(question: string): Promise<string>;
  /** The same for a secret: the terminal does not show what is typed, and blanks stay. @throws CommandFailed */
  askSecret(question: string): Promise<string>;
  close(): void;
}

export interface Streams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A terminal on streams. Questions go to `errors`, so that `output` has the result and nothing else. */
export function createTerminal({ input, output, errors }: Streams): Terminal {
  let lines: AsyncIterator<string, undefined> | undefined;
  let reader: Interface | undefined;
  const echo = new Echo(errors);
  // One reader for all questions: another would miss the lines that the first has read ahead.
  const openReader = (): Interface => {
    // Without a history, the arrow keys do not show a secret at a later question.
    const opened = createInterface({ input, output: echo, terminal: errors.isTTY === true, historySize: 0 });
    // What has been read ahead can still be asked for then, but not by the reader's own prompt.
    opened.once('close', () => {
      reader = undefined;
    });
    lines = opened[Symbol.asyncIterator]();
    return opened;
  };
  const readAnswer = async (question: string): Promise<string> => {
    if (lines === undefined) reader = openReader();
    const shown = terminalText(question);
    reader?.setPrompt(shown);
    if (reader === undefined) errors.write(shown);
    else reader.prompt();
    const answer = await lines?.next();
    if (answer?.value === undefined) throw new CommandFailed('The input ended before an answer.');
    return answer.value;
  };
  return {
    isInteractive: input.isTTY === true && errors.isTTY === true,
    print: (text) => void output.write(`${terminalText(text)}\n`),
    notify: (text) => void errors.write(`${terminalText(text)}\n`),
    ask: async (question) => (await readAnswer(question)).trim(),
    async askSecret(question) {
      const answer = readAnswer(question);
      echo.isHidden = true;
      return answer.finally(() => {
        echo.isHidden = false;
        errors.write('\n');
      });
    },
    close: () => reader?.close(),
  };
}

/** What the line editor writes to: it can be made to show nothing. */
class Echo extends Writable {
  isHidden = false;
  readonly #shown: NodeJS.WritableStream;

  constructor(shown: NodeJS.WritableStream) {
    super();
    this.#shown = shown;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.isHidden) this.#shown.write(chunk);
    done();
  }
}

/** A question to be answered with yes or no; no answer is a no. */
export const confirm = async (terminal: Terminal, question: string): Promise<boolean> =>
  /^y(es)?$/i.test(await terminal.ask(`${question} [y/N] `));

/**
 * A command as a function. Whatever it throws, apart from {@link UsageError} and {@link CommandFailed}, is a fault of
 * ours.
 */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;

/** Runs a command to its exit code, and prints what went wrong. If the user can fix it, the message has no stack. */
export async function exitCodeOf(command: Command, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await command(args, terminal);
  } catch (error) {
    const usage = error instanceof UsageError ? howToCall(error.message) : wrongUsage(error);
    if (usage !== undefined) {
      terminal.notify(usage);
      return EXIT.usage;
    }
    terminal.notify(error instanceof CommandFailed ? error.message : describe(error));
    return EXIT.failed;
  } finally {
    terminal.close();
  }
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Runs a command as this process. */
export async function runCommand(command: Command): Promise<void> {
  const terminal = createTerminal({ input: process.stdin, output: process.stdout, errors: process.stderr });
  process.exitCode = await exitCodeOf(command, process.argv.slice(2), terminal);
}
