import type { CoreContext } from '../context.ts';
import { type CoreResponse, plainText } from './answer.ts';
import { type Endpoint, withQuery } from './endpoint.ts';
import { appSpecific } from './tenant-rules.ts';
import { CDI_VERSIONS } from './versions.ts';

/** A caller that waits for the core wants to know whether the core can work: this touches the store. */
const hello = async ({ store }: CoreContext): Promise<CoreResponse> => {
  try {
    await store.publishedKeys.read();
  } catch (cause) {
    // Answered 500 even if the store is only not available now, as by the official core.
    throw new Error('The store is broken', { cause });
  }
  return plainText(200, 'Hello');
};

const greeting = (method: Endpoint['method'], path: string): Endpoint => ({
  method,
  path,
  isOpen: true,
  answer: hello,
});
const greetings = [
  greeting('GET', '/'),
  ...(['GET', 'POST', 'PUT', 'DELETE'] as const).map((method) => greeting(method, '/hello')),
];

/** What every core answers, whatever recipes it has. */
export const GENERAL: readonly Endpoint[] = [
  ...greetings,
  withQuery(
    '/apiversion',
    () => ({}),
    appSpecific,
    async () => ({ versions: CDI_VERSIONS }),
  ),
];
