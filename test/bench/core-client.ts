import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export type CoreAnswer = Readonly<Record<string, unknown>>;

/** Asks a core over HTTP, on connections that are kept. */
export interface CoreClient {
  /** @throws Error unless the answer is `OK` */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<CoreAnswer>;
  close(): void;
}

export interface CoreAddress {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly version: string;
}

export function createCoreClient({ url, apiKey, version }: CoreAddress, connections: number): CoreClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const common = {
    'cdi-version': version,
    'content-type': 'application/json',
    ...(apiKey !== undefined && { 'api-key': apiKey }),
  };
  return {
    async ask(method, path, body) {
      const payload = body === undefined ? '' : JSON.stringify(body);
      const headers = { ...common, 'content-length': Buffer.byteLength(payload) };
      const { status, answer } = await new Promise<{ status: number; answer: string }>((resolve, reject) => {
        const asked = request(`${url}${path}`, { agent, method, headers }, (response) => {
          text(response).then((read) => resolve({ status: response.statusCode ?? 0, answer: read }), reject);
        });
        asked.on('error', reject);
        asked.end(payload);
      });
      const parsed = status === 200 ? (JSON.parse(answer) as CoreAnswer) : undefined;
      if (parsed?.status !== 'OK') throw new Error(`${method} ${url}${path} answered ${status} ${answer}`);
      return parsed;
    },
    close: () => agent.destroy(),
  };
}

/** By the versions that this benchmark speaks, the newest first: 5.6 rotates at refresh. */
const VERSIONS = ['5.6', '5.5', '5.4', '5.3', '5.2', '5.1', '5.0', '4.0'];

/** The newest version that all the cores speak, so that all are asked the same. */
export async function commonVersion(addresses: readonly Omit<CoreAddress, 'version'>[]): Promise<string> {
  const spoken = await Promise.all(addresses.map(versionsOf));
  const version = VERSIONS.find((candidate) => spoken.every((versions) => versions.includes(candidate)));
  if (version === undefined)
    throw new Error('The cores speak no version of the CDI in common that this benchmark does');
  return version;
}

async function versionsOf({ url, apiKey }: Omit<CoreAddress, 'version'>): Promise<string[]> {
  const response = await fetch(`${url}/apiversion`, { headers: apiKey === undefined ? {} : { 'api-key': apiKey } });
  if (!response.ok) throw new Error(`${url}/apiversion answered ${response.status}`);
  return ((await response.json()) as { versions: string[] }).versions;
}
