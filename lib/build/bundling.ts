import type { BuildOptions } from 'esbuild';
import { inlinePage } from './inline-page.ts';
import { ownAssets } from './own-assets.ts';
import { ownFiles } from './own-files.ts';
import { publicSuffixes } from './public-suffixes.ts';
import { type RoutedFunctions, routesOf } from './routes.ts';
import { OWN_FILES, sessionOnly } from './session-only.ts';

/**
 * The esbuild options of a function's bundle.
 * @param isReadable in development the code stays as it is, and a debugger finds the sources
 */
export function bundlingOptions(isReadable = process.env.READABLE_BUNDLES === 'on') {
  return {
    bundle: true,
    // Not the identifiers: esbuild's shorter names start slower. Nor the syntax: esbuild then drops names of classes and functions,
    // which errors and stack traces show.
    minifyWhitespace: !isReadable,
    ...(isReadable && { sourcemap: 'linked' as const }),
    platform: 'node',
    target: 'node24',
    // package.json says "type": "module". The bundles are CommonJS, which a cold Lambda loads faster.
    format: 'cjs',
    logLevel: 'warning',
    plugins: [ownAssets(), ownFiles(OWN_FILES), sessionOnly(), publicSuffixes(), inlinePage()],
  } satisfies BuildOptions;
}

/** Writes the service's routes into the bundles that read them. */
export const routesDefinition = (functions: RoutedFunctions) => ({
  'process.env.ROUTES': JSON.stringify(routesOf(functions).join(',')),
});

/** How serverless-esbuild bundles each function of a service. */
export const serverlessBundling = ({ service }: { readonly service: { readonly functions: RoutedFunctions } }) => ({
  ...bundlingOptions(),
  define: routesDefinition(service.functions),
  outputFileExtension: '.cjs',
  exclude: [],
  // Services that run at the same time must not share a folder. Each command deletes its folder at the end.
  outputWorkFolder: process.env.ESBUILD_WORK_FOLDER ?? '.esbuild/package',
  // `npm run dev` bundles again when one of these changes.
  watch: { pattern: ['handlers/**/*.ts', 'lib/**/*.ts', 'web/**/*'], ignore: ['web/react/**'] },
});
