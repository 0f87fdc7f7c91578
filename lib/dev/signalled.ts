/** Ctrl-C, or a supervisor's signal. A second signal does not interrupt the clean-up. */
export function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
  });
}
