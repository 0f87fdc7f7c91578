import awsLite from '@aws-lite/client';
import { DynamoDbError, type DynamoDbFault } from './errors.ts';
import { timeLeft, withinBudget } from './time-budget.ts';

/**
 * When a call without a response is retried. `always`: the call is idempotent. `if-not-done`: only if DynamoDB certainly
 * did not carry it out.
 */
export type RetryPolicy = 'always' | 'if-not-done';

/** Returns AWS credentials that have not expired. */
export type CredentialProvider = () => Promise<Credentials>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface DynamoDbOptions {
  /** Another endpoint than AWS's own for the region. It may hold credentials: `http://<access key id>@127.0.0.1:<port>`. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Called before each request. If absent, aws-lite takes the environment's, as Lambda sets them. */
  readonly credentials?: CredentialProvider;
  /** Hears what each call has consumed. Only asked for if somebody listens. */
  readonly onConsumed?: (operation: string, capacityUnits: number) => void;
}

/** Whether what failed may have been done all the same. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof DynamoDbError && error.fault === 'Unavailable' && !isCertainlyUndone(error.cause);

/** One call with all its retries, ms; less if the request has less time left. */
const CALL_BUDGET_MS = 5000;
/** DynamoDB answers within some 10 ms: who has heard nothing for this share of the time tries another connection. */
const ATTEMPT_SHARE = 0.4;
const RETRIES = 4;
const FIRST_PAUSE_MS = 100;

export type Answer = Readonly<Record<string, unknown>>;
export type Call = (operation: string, payload: object, retry?: RetryPolicy) => Promise<Answer>;

/** DynamoDB Local takes any credentials, but requests must be signed. */
const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** How aws-lite reaches DynamoDB: with the endpoint's credentials, or on this machine with any. */
export function connectionTo({ endpoint, region }: Pick<DynamoDbOptions, 'endpoint' | 'region'>) {
  if (endpoint === undefined) return { region };
  const { username, password, hostname, origin, pathname } = new URL(endpoint);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const own = username !== '' && { accessKeyId: username, secretAccessKey: password || 'local' };
  return { region, endpoint: origin + pathname, ...(isLocal && LOCAL_CREDENTIALS), ...own };
}

/** Whether AWS credentials are needed: neither the endpoint has any, nor is it on this machine. */
export const needsAwsCredentials = (options: Pick<DynamoDbOptions, 'endpoint' | 'region'>): boolean =>
  !('accessKeyId' in connectionTo(options));

/** Makes calls in DynamoDB's own terms, for what {@link DynamoDb} has no method for. They throw {@link DynamoDbError}. */
export function createCall(options: DynamoDbOptions): Call {
  const attempt = createAttempt(options);
  return (operation, payload, retry = 'always') =>
    withinBudget(CALL_BUDGET_MS, async () => {
      for (let count = 0; ; count++) {
        try {
          return await attempt(operation, payload);
        } catch (error) {
          const fault = new DynamoDbError(faultOf(error), operation, error);
          if (!isWorthRepeating(error, retry) || !(await pauseBeforeRetry(count))) throw fault;
        }
      }
    });
}

/**
 * Waits before something that has failed is done again.
 * @param count how often it has been done again already
 * @returns `false`, at once, if that was often enough, or no time is left
 */
export async function pauseBeforeRetry(count: number): Promise<boolean> {
  const pause = retryPause(count, Math.random());
  if (count >= RETRIES || pause >= timeLeft()) return false;
  await new Promise((resolve) => setTimeout(resolve, pause));
  return true;
}

/**
 * How long to wait before a retry, ms: anything up to a bound that doubles each time, so that those who failed together
 * do not come again together ("full jitter").
 * @param count how many retries there have been @param fraction random, from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const retryPause = (count: number, fraction: number): number => FIRST_PAUSE_MS * 2 ** count * fraction;

/** Makes one request. @throws Error of aws-lite, or that of a time that is up */
function createAttempt(options: DynamoDbOptions): Call {
  const { onConsumed } = options;
  const connection = createConnection(options);
  return async (operation, payload) => {
    if (timeLeft() <= 0) throw new Error('There is no time left');
    const { signal, clear } = timeLimit(ATTEMPT_SHARE * timeLeft());
    const request = {
      service: 'dynamodb',
      method: 'POST' as const,
      path: '/',
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
      awsjson: false,
      payload: { ...payload, ...(onConsumed && { ReturnConsumedCapacity: 'TOTAL' }) },
      // Handed on to http.request: the socket does not outlive the attempt.
      signal,
      // What aws-lite cannot parse, a torn answer, it throws where nobody can catch it: that ends the process.
      rawResponsePayload: true,
    };
    let isConstructed = false;
    const exchange = async () => {
      const aws = await connection.client();
      isConstructed = true;
      return aws(request);
    };
    try {
      // aws-lite waits for ever for the end of an answer whose connection broke.
      const { headers, payload: body } = await Promise.race([exchange(), abortionOf(signal)]);
      const answer = answerIn(headers, body as Buffer | null);
      onConsumed?.(operation, capacityUnits(answer.ConsumedCapacity));
      return answer;
    } catch (error) {
      const refusal = isConstructed ? withRefusal(error as object) : withoutCredentials(error);
      // A client reads its credentials once; those of a long-running server are replaced every few hours.
      if (CREDENTIALS_REFUSED.includes(codeOf(refusal)) || !isConstructed) connection.renew();
      throw refusal;
    } finally {
      clear();
    }
  };
}

/** Makes a client of aws-lite when it is first needed, and another when the credentials are others. */
function createConnection(options: DynamoDbOptions) {
  // Retries are made here: aws-lite repeats whatever failed, and its pauses know no end of the time.
  const configuration = { ...connectionTo(options), keepAlive: true, retries: 0 };
  let client: ReturnType<typeof awsLite> | undefined;
  let accessKeyId: string | undefined;
  return {
    async client() {
      const credentials = await options.credentials?.();
      if (credentials?.accessKeyId !== accessKeyId) client = undefined;
      accessKeyId = credentials?.accessKeyId;
      client ??= awsLite({ ...configuration, ...credentials });
      return client;
    },
    renew() {
      client = undefined;
    },
  };
}

/** A signal that comes after so many ms, unless it is cleared: `AbortSignal.timeout` would be kept until then. */
function timeLimit(ms: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('No answer came in time')), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

const abortionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** @throws Error if somebody in between has answered, or not all of the answer has come */
function answerIn(headers: Readonly<Record<string, string>>, body: Buffer | null): Answer {
  const isDynamoDbs = headers['content-type']?.startsWith('application/x-amz-json');
  if (!isDynamoDbs) throw new Error('The answer is not from DynamoDB');
  return JSON.parse(String(body)) as Answer;
}

/** What kept aws-lite from credentials; where a virtual machine's service for them has refused, it throws that answer. */
function withoutCredentials(error: unknown): Error {
  if (error instanceof Error) return error;
  const { statusCode, metadata } = error as { statusCode?: number; metadata?: { service?: string } };
  return new Error(`There are no AWS credentials: ${metadata?.service} answers ${statusCode}`);
}

/**
 * What aws-lite throws, with the code and message of DynamoDB's refusal, whose bytes it has as members `0`, `1`, …
 * A refusal that cannot be read is no refusal: somebody in between has answered, or not all of it has come.
 */
function withRefusal(error: object): object {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined) return error;
  const bytes = Object.entries(error).filter(([name]) => /^\d+$/.test(name));
  try {
    const text = Buffer.from(bytes.map(([, byte]) => Number(byte))).toString();
    const { __type: code, message, Message } = JSON.parse(text) as Answer;
    return Object.assign(new Error(`${code}: ${message ?? Message}`), { statusCode, code });
  } catch {
    return new Error(`The answer ${statusCode} is not from DynamoDB`);
  }
}

function capacityUnits(consumed: unknown): number {
  const list = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  return list.reduce((sum, entry) => sum + (entry?.CapacityUnits ?? 0), 0);
}

const CREDENTIALS_REFUSED = ['ExpiredTokenException', 'UnrecognizedClientException'];
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
];

/** `com.amazonaws.dynamodb.v20120810#X` or `X` */
export const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code.slice(code.indexOf('#') + 1) : '';
};

const isThrottled = (error: unknown): boolean =>
  (error as { statusCode?: number }).statusCode === 429 || THROTTLED.includes(codeOf(error));

/** Whoever was throttled, or reached nobody, has changed nothing. */
const isCertainlyUndone = (error: unknown): boolean =>
  isThrottled(error) || (error instanceof Error && error.message.includes('ECONNREFUSED'));

const isWorthRepeating = (error: unknown, retry: RetryPolicy): boolean =>
  faultOf(error) === 'Unavailable' && (retry === 'always' || isCertainlyUndone(error));

function faultOf(error: unknown): DynamoDbFault {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500 || isThrottled(error)) return 'Unavailable';
  const message = error instanceof Error ? error.message : '';
  return /item size/i.test(message) ? 'ItemTooLarge' : 'Refused';
}
