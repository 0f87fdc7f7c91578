import type { InputFault } from '../errors.ts';
import type { JsonObject } from '../types.ts';

/** A CDI request, whatever carried it. */
export interface CoreRequest {
  readonly method: string;
  /** With base path, app and tenant; without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | undefined;
}

export interface CoreResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why the input was rejected, for a caller in process. It is not sent over HTTP. */
  readonly fault?: InputFault;
}

export const json = (body: JsonObject, headers: Readonly<Record<string, string>> = {}): CoreResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  body: `${JSON.stringify(body)}\n`,
});

export const plainText = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): CoreResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8', ...headers },
  body: `${text}\n`,
});
