import { readPageSettings } from '../config/service-config.ts';
import type { Options } from './options.ts';
import type { LocalService } from './service.ts';

/** What `npm run dev` prints when the API listens. */
export function greeting(
  { url, signInIssuer }: Pick<LocalService, 'url' | 'signInIssuer'>,
  { website, data }: Options,
  inspectPort: number | undefined,
): string {
  const { apiBasePath } = readPageSettings();
  return `
  API       ${url}   (for a website at ${website})
  Page      ${url}/   to try it in a browser
  Mails     ${url}/dev/mailbox   (their links open the website)
  Data      ${data === 'memory' ? 'in memory' : data}${providerLine(signInIssuer)}${inspectPort === undefined ? '' : debuggerLine(inspectPort)}

  Sign up:
    ${withCredentials(`${url}${apiBasePath}/signup`)}
  Or sign in, if you have signed up before:
    ${withCredentials(`${url}${apiBasePath}/signin`)}
  Then see your session, and all of your sessions:
    curl -b cookies.txt ${url}/sessioninfo
    curl -b cookies.txt ${url}/sessions

  Ctrl-C stops it.
`;
}

/** With -b, curl keeps the cookies that it has if the API sets none, as when the e-mail is taken. */
const withCredentials = (url: string): string =>
  `curl -i -b cookies.txt -c cookies.txt -H 'st-auth-mode: cookie' -H 'content-type: application/json' \\
      -d '${CREDENTIALS}' ${url}`;

/** A form as SuperTokens' EmailPassword recipe takes it. */
const CREDENTIALS = JSON.stringify({
  formFields: [
    { id: 'email', value: 'me@example.com' },
    { id: 'password', value: 'correct horse 1' },
  ],
});

const providerLine = (issuer: string | undefined): string =>
  issuer === undefined ? '' : `\n  Sign-in   ${issuer}   (stands in for Google and others)`;

const debuggerLine = (port: number): string =>
  `\n  Debugger  127.0.0.1:${port}   (chrome://inspect, or attach your editor)`;
