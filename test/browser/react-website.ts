import type { Plugin } from 'esbuild';
import { type ReactExample, type ReactExampleOptions, serveReactExample } from '../../lib/dev/react-example.ts';
import type { TransferMethod } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';

export interface ReactWebsiteOptions extends Pick<ReactExampleOptions, 'host'> {
  readonly apiDomain: string;
  readonly transfer: TransferMethod;
}

/** The React example as `npm run dev:react` serves it. Only its settings are those of the test. */
export const startReactWebsite = async ({ host, apiDomain, transfer }: ReactWebsiteOptions): Promise<ReactExample> =>
  serveReactExample({ host, port: await freePort(), plugins: [withSettings(apiDomain, transfer)] });

/** Replaces web/react/settings.ts. */
const withSettings = (apiDomain: string, transfer: TransferMethod): Plugin => ({
  name: 'settings-of-the-test',
  setup({ onLoad }) {
    onLoad({ filter: /web[\\/]react[\\/]settings\.ts$/ }, () => ({
      contents: `export const API_DOMAIN = '${apiDomain}'; export const TOKEN_TRANSFER_METHOD = '${transfer}';`,
    }));
  },
});
