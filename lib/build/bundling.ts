import { createRequire } from 'node:module';
import type { BuildOptions } from 'esbuild';

/** What serverless-esbuild takes beside esbuild's own options. */
interface ServerlessOptions {
  readonly outputFileExtension: string;
  readonly exclude: string[];
  readonly outputWorkFolder: string;
  readonly watch: object;
}

const readConfig = createRequire(import.meta.url)('../../esbuild.config.cjs') as () => BuildOptions & ServerlessOptions;

/** How functions are bundled, for whoever asks esbuild itself. */
export function bundlingOptions(): BuildOptions {
  const { outputFileExtension: _1, exclude: _2, outputWorkFolder: _3, watch: _4, ...options } = readConfig();
  return options;
}
