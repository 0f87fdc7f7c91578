/**
 * What is wrong with a command's arguments, if that is what `parseArgs` has thrown, and where to look. Its hint about
 * positional arguments is left out: no command here takes one that begins with a hyphen.
 */
export function wrongUsage(error: unknown): string | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (!String(code).startsWith('ERR_PARSE_ARGS')) return undefined;
  return howToCall(String(message).replace(/\. To specify a positional argument .*/s, ''));
}

export const howToCall = (fault: string): string => `${fault}\nAdd --help to see how to use it.`;
