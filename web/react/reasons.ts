type Call = (...values: unknown[]) => unknown;

/**
 * For `override.functions` of a recipe. If the API rejects a request, SuperTokens' pages then show the API's message, such as
 * "Too many attempts. Please try again later." By themselves they show "Something went wrong. Please try again."
 */
export function withReasons<Functions extends object>(functions: Functions): Functions {
  const entries = Object.entries(functions as Record<string, Call>).map(([name, call]) => {
    const explained: Call = (...values) => {
      const result = call.apply(functions, values);
      return result instanceof Promise ? result.catch(throwReason) : result;
    };
    return [name, explained] as const;
  });
  return Object.fromEntries(entries) as Functions;
}

/** The SDK throws the response itself if its status is an error. */
async function throwReason(error: unknown): Promise<never> {
  if (!(error instanceof Response)) throw error;
  const body = (await error.json().catch(() => ({}))) as { readonly message?: unknown };
  throw typeof body.message === 'string' ? generalError(body.message) : error;
}

/** SuperTokens' `STGeneralError`, whose message the pages show. Bundlers disagree on how to import that class. */
const generalError = (message: string): Error =>
  Object.assign(new Error(message), { isSuperTokensGeneralError: true as const });
