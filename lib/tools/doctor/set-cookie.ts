/** One Set-Cookie header (RFC 6265, section 5.2), as a browser reads it. */
export interface SetCookie {
  readonly name: string;
  /** As it stands there, and as it is sent back. */
  readonly value: string;
  readonly path: string | undefined;
  /** In lower case, without the dot that it may begin with. */
  readonly domain: string | undefined;
  /** In lower case. */
  readonly sameSite: string | undefined;
  readonly isSecure: boolean;
  readonly isHttpOnly: boolean;
  /** Whether it takes the cookie away. */
  readonly isRemoval: boolean;
}

export const setCookiesOf = (headers: Headers): SetCookie[] => headers.getSetCookie().map(readSetCookie);

function readSetCookie(header: string): SetCookie {
  const [pair = '', ...rest] = header.split(';');
  const attributes = new Map(
    rest.map((attribute) => {
      const [name, value] = splitAt(attribute, '=');
      return [name.toLowerCase(), value] as const;
    }),
  );
  const [name, value] = splitAt(pair, '=');
  const domain = attributes.get('domain')?.toLowerCase().replace(/^\./, '');
  return {
    name,
    value,
    path: attributes.get('path'),
    domain: domain === '' ? undefined : domain,
    sameSite: attributes.get('samesite')?.toLowerCase(),
    isSecure: attributes.has('secure'),
    isHttpOnly: attributes.has('httponly'),
    isRemoval: attributes.get('max-age') === '0' || Date.parse(attributes.get('expires') ?? '') === 0,
  };
}

function splitAt(text: string, separator: string): [before: string, after: string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text.trim(), ''] : [text.slice(0, index).trim(), text.slice(index + 1).trim()];
}

/** RFC 6265, section 5.1.4: whether a cookie of that path goes with a request to `asked`. */
export const isSentTo = (path: string, asked: string): boolean =>
  asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`);
