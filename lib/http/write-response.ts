import type { GatewayResponse, PayloadFormat } from './gateway.ts';

/** Writes an answer in the format of the event it answers. */
export function writeResponse(response: GatewayResponse, format: PayloadFormat): object {
  const { statusCode, body = '', isBase64Encoded = false } = response;
  const content = { statusCode, body, isBase64Encoded };
  if (format === '2.0') return { ...content, headers: response.headers ?? {}, cookies: response.cookies ?? [] };
  const { headers, cookies } = withCookiesApart(response);
  const cookieLists = cookies.length === 0 ? undefined : { 'set-cookie': cookies };
  switch (format) {
    case '1.0':
      return { ...content, headers, ...(cookieLists && { multiValueHeaders: cookieLists }) };
    case 'ALB':
      return { ...content, headers: { ...headers, ...inSpellings('set-cookie', cookies) } };
    case 'ALB multi-value':
      return { ...content, multiValueHeaders: { ...listed(headers), ...cookieLists } };
  }
}

/** A handler may have written a cookie as a header. The response must keep it, together with the listed ones. */
function withCookiesApart({ headers = {}, cookies = [] }: GatewayResponse) {
  const isCookie = ([name]: readonly [string, unknown]): boolean => name.toLowerCase() === 'set-cookie';
  const entries = Object.entries(headers);
  return {
    headers: Object.fromEntries(entries.filter((entry) => !isCookie(entry))),
    cookies: [...entries.filter(isCookie).map(([, value]) => String(value)), ...cookies],
  };
}

const listed = (headers: NonNullable<GatewayResponse['headers']>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [String(value)]]));

/** Several values of one header where each name has one value: names that differ in case alone are the same to HTTP. */
const inSpellings = (name: string, values: readonly string[]): Record<string, string> =>
  Object.fromEntries(values.map((value, number) => [spelled(name, number), value]));

/** A spelling of a name for each number: its letters are binary digits, and a capital letter is a 1. */
function spelled(name: string, number: number): string {
  let rest = number;
  return name.replace(/[a-z]/g, (letter) => {
    const isCapital = rest % 2 === 1;
    rest = Math.floor(rest / 2);
    return isCapital ? letter.toUpperCase() : letter;
  });
}
