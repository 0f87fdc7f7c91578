import { cwd } from 'node:process';

type Fields = Readonly<Record<string, unknown>>;

/** By these, lines are found in CloudWatch. On your machine, the line of the request stands below. */
const FOR_CLOUDWATCH = new Set(['time', 'function', 'coldStart', 'requestId', 'awsRequestId']);

/** What a terminal might obey, or show otherwise than it is. The log has it escaped, but JSON.parse undoes that. */
const UNPRINTED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** What a person reads in a terminal of a line that functions log: `error RequestFailed method=GET`, and the error below it. */
export function readableLine(line: string): string {
  const entry = entryOf(line);
  if (entry === undefined) return line;
  const { level, message, error, ...others } = entry;
  const details = Object.entries(others).filter(([name]) => !FOR_CLOUDWATCH.has(name));
  const head = [level, message, ...details.map(([name, value]) => `${name}=${textOf(value)}`)].map(textOf).join(' ');
  return [head, ...errorLines(error).map((text) => `  ${text}`)].join('\n');
}

/** What `log` has written, but no metrics, and nothing that a handler of yours prints. */
function entryOf(line: string): Fields | undefined {
  if (!line.startsWith('{"time":')) return undefined;
  try {
    const entry = JSON.parse(line) as Fields;
    return typeof entry.level === 'string' && typeof entry.message === 'string' && !('_aws' in entry)
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
}

/** An error as `formatLine` describes it, with its stack, and then what caused it. */
function errorLines(error: unknown, role = ''): string[] {
  if (error === undefined) return [];
  if (!isRecord(error) || typeof error.message !== 'string') return [role + textOf(error)];
  const { name, code, message, stack, cause, errors } = error;
  const suffix = typeof code === 'string' && !message.includes(code) ? ` (${code})` : '';
  const [first = '', ...rest] = message.split('\n').map(textOf);
  return [
    `${role}${textOf(name)}: ${first}`,
    ...rest,
    ...framesOf(stack),
    ...errorLines(cause, 'caused by '),
    ...(Array.isArray(errors) ? errors.flatMap((each) => errorLines(each, 'caused by ')) : []),
  ].map((line, index) => (index === 0 ? line + suffix : line));
}

/** The stack down to your own code, if it is in there. Files are relative to the project. */
function framesOf(stack: unknown): string[] {
  if (typeof stack !== 'string') return [];
  const frames = stack.split('\n').filter((line) => /^ +at /.test(line) && !line.includes('node:'));
  const relative = frames.map((frame) => `  ${textOf(frame.trim()).replaceAll(`${cwd()}/`, '')}`);
  const lastOwn = relative.findLastIndex((frame) => /\b(handlers|lib\/app)\//.test(frame));
  return lastOwn === -1 ? relative : relative.slice(0, lastOwn + 1);
}

const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(
    UNPRINTED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
