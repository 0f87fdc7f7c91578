import { parse } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * An esbuild plugin that names the files beside a bundle after it: `auth.public-suffixes-1A2B3C4D.txt` belongs to `auth.cjs`.
 * By these names, serverless-esbuild packages them with that function only.
 */
export const ownAssets = (): Plugin => ({
  name: 'own-assets',
  setup({ initialOptions }) {
    const { entryPoints } = initialOptions;
    const [entry, ...others] = Array.isArray(entryPoints) ? entryPoints : [];
    // Several bundles at once share their files.
    if (typeof entry !== 'string' || others.length > 0) return;
    initialOptions.assetNames = `${parse(entry).name}.[name]-[hash]`;
  },
});
