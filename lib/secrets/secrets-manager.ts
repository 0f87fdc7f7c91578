import { pauseBeforeRetry } from '../dynamodb/call.ts';
import type { CredentialProvider } from '../dynamodb/connection.ts';
import { createServiceRequests } from '../dynamodb/service-requests.ts';
import type { SignedAnswer } from '../dynamodb/signed-request.ts';
import { withinBudget } from '../dynamodb/time-budget.ts';
import { type ReadSecrets, SecretUnavailable, secretsIn } from './secrets.ts';

export interface SecretsManagerOptions {
  /** The name of the secret. Its value is a JSON object of texts. */
  readonly name: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Absent: AWS's own in the region. */
  readonly endpoint?: string;
  /** Absent: the environment's, as Lambda sets them. */
  readonly credentials?: CredentialProvider;
}

/** How long a secret is kept in the process, ms. A replaced secret is used after this time. */
export const SECRET_MAX_AGE = 5 * 60 * 1000;

/** For one reading with its retries, ms. */
const READING_BUDGET = 4000;
/** Of one request, ms. */
const REQUEST_TIMEOUT = 1500;

/**
 * Reads one secret of AWS Secrets Manager, at most once in {@link SECRET_MAX_AGE}. If a later reading fails, the value that
 * is known stays in use.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export function secretsManager(options: SecretsManagerOptions): ReadSecrets {
  const { name, clock } = options;
  const fetchSecret = createFetch(options);
  let known: { readonly secrets: Readonly<Record<string, string>>; readonly until: number } | undefined;
  return async () => {
    if (known !== undefined && clock() < known.until) return known.secrets;
    try {
      const secrets = secretsIn(name, await fetchSecret());
      known = { secrets, until: clock() + SECRET_MAX_AGE };
    } catch (error) {
      if (known === undefined) throw error instanceof SecretUnavailable ? error : new SecretUnavailable(name, error);
    }
    return known.secrets;
  };
}

/** Returns a function that fetches the secret's text, with retries if Secrets Manager does not answer. */
function createFetch({ name, region, endpoint, credentials }: SecretsManagerOptions): () => Promise<string> {
  const send = createServiceRequests({ service: 'secretsmanager', region, endpoint, credentials });
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' };
  const attempt = (): Promise<SignedAnswer> =>
    send({ headers, body: JSON.stringify({ SecretId: name }) }, REQUEST_TIMEOUT);
  return () =>
    withinBudget(READING_BUDGET, async () => {
      for (let count = 0; ; count++) {
        const answer = await attempt().catch((error: unknown) => ({ statusCode: 0, body: String(error) }));
        if (answer.statusCode === 200) return textIn(name, answer.body);
        const isTemporary = answer.statusCode === 0 || answer.statusCode >= 500 || answer.body.includes('Throttling');
        // What AWS says against a request has no secret in it.
        const fault = `Secrets Manager answered ${answer.statusCode}: ${answer.body.slice(0, 300)}`;
        if (!isTemporary || !(await pauseBeforeRetry(count))) throw new SecretUnavailable(name, fault);
      }
    });
}

function textIn(name: string, body: string): string {
  const { SecretString: text } = JSON.parse(body) as { readonly SecretString?: unknown };
  if (typeof text !== 'string') throw new SecretUnavailable(name, 'it has no text (SecretString)');
  return text;
}
