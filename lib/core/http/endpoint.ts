import type { CoreContext } from '../context.ts';
import type { JsonObject } from '../types.ts';
import { type CoreResponse, json } from './answer.ts';
import type { Call, Received } from './call.ts';
import { type Fields, parseBody, readFields } from './schema.ts';
import type { TenantRule } from './tenant-rules.ts';
import type { CdiVersion } from './versions.ts';

/** One endpoint of the CDI. `Context` is what its operation works with. */
export interface Endpoint<Context = CoreContext> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Answers only requests whose `rid` header names this recipe. Several recipes share the path. */
  readonly recipe?: string;
  /** Answers without an API key, in every CDI version. */
  readonly isOpen?: boolean;
  /** Answers also for an app that this core does not have. */
  readonly isForAnyApp?: boolean;
  readonly answer: (context: Context, received: Received) => Promise<CoreResponse>;
}

/** Answers one endpoint: carries out its operation, and words the result as the caller's version of the CDI does. */
export type Answer<Input, Context = CoreContext> = (context: Context, input: Input, call: Call) => Promise<JsonObject>;

/** An endpoint that takes its input from a JSON body. */
export const withBody = <Input, Context = CoreContext>(
  method: 'POST' | 'PUT',
  path: string,
  fields: (version: CdiVersion) => Fields<Input>,
  rules: readonly TenantRule<Input>[],
  answer: Answer<Input, Context>,
): Endpoint<Context> => ({
  method,
  path,
  async answer(context, received) {
    const input = readFields(fields(received.version), parseBody(received.request.body));
    for (const check of rules) check(received, input);
    return json(await answer(context, input, received));
  },
});

/** A GET endpoint, which takes its input from the query. */
export const withQuery = <Input, Context = CoreContext>(
  path: string,
  read: (query: URLSearchParams) => Input,
  rule: TenantRule<Input>,
  answer: Answer<Input, Context>,
): Endpoint<Context> => ({
  method: 'GET',
  path,
  async answer(context, received) {
    const input = read(received.request.query);
    rule(received, input);
    return json(await answer(context, input, received));
  },
});
