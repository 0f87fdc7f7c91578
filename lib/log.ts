/** Writes one JSON line a call, as CloudWatch Logs Insights reads it. Callers hand in neither tokens nor passwords. */
export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, unknown>> = {},
) {
  const entry = { level, message, ...details };
  process.stdout.write(
    `${JSON.stringify(entry, (_name, value) => (value instanceof Error ? describe(value) : value))}\n`,
  );
}

const describe = ({ name, message, stack, cause }: Error) => ({
  name,
  message,
  stack,
  ...(cause !== undefined && { cause }),
});
