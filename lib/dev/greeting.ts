import type { Options } from './options.ts';
import type { LocalService } from './service.ts';

/** What `npm run dev` prints when the API listens. */
export const greeting = (
  { url, signInIssuer }: Pick<LocalService, 'url' | 'signInIssuer'>,
  { website, data }: Options,
  inspectPort: number | undefined,
): string => `
  API       ${url}   (for a website at ${website})
  Page      ${url}/   to try it in a browser
  Data      ${data === 'memory' ? 'in memory' : data}${providerLine(signInIssuer)}${inspectPort === undefined ? '' : debuggerLine(inspectPort)}

  Try it:
    ${withCredentials(`${url}/signup`)}
  or, if you have signed up before:
    ${withCredentials(`${url}/login`)}
  and then:
    curl -b cookies.txt ${url}/sessioninfo
    curl -b cookies.txt ${url}/sessions

  Ctrl-C stops it.
`;

/** With -b, curl keeps the cookies that it has if the API sets none, as at a 409. */
const withCredentials = (url: string): string =>
  `curl -i -b cookies.txt -c cookies.txt -H 'st-auth-mode: cookie' -H 'content-type: application/json' \\
      -d '{"email":"me@example.com","password":"correct horse"}' ${url}`;

const providerLine = (issuer: string | undefined): string =>
  issuer === undefined ? '' : `\n  Sign-in   ${issuer}   (stands in for Google and others)`;

const debuggerLine = (port: number): string =>
  `\n  Debugger  127.0.0.1:${port}   (chrome://inspect, or attach your editor)`;
