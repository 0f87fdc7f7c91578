import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** As AWS's runtime client takes an event. */
interface Invocation {
  readonly bodyJson: string;
  readonly headers: IncomingHttpHeaders;
}

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
/** One connection keeps the order of requests: the response to an event is sent before the next event is requested. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const call = (method: string, path: string, body?: string): Promise<Invocation> =>
  new Promise((resolve, reject) => {
    request(`${API}${path}`, { method, agent }, (response) => {
      text(response).then((bodyJson) => resolve({ bodyJson, headers: response.headers }), reject);
    })
      .on('error', reject)
      .end(body);
  });

export const next = (): Promise<Invocation> => call('GET', '/next');
export const done = (id: string, body: string): void => void call('POST', `/${id}/response`, body);
export const error = (id: string, body: string): void => void call('POST', `/${id}/error`, body);
