import { context, type Plugin } from 'esbuild';
import { CannotStart } from './cannot-start.ts';
import { isFree } from './ports.ts';

const FOLDER = 'web/react';

export interface ReactExampleOptions {
  /** A name or address of this machine's loopback interface. */
  readonly host: 'localhost' | '127.0.0.1';
  readonly port: number;
  /** Change how the example is bundled. */
  readonly plugins?: Plugin[];
}

export interface ReactExample {
  readonly origin: string;
  stop(): Promise<void>;
}

/**
 * Serves the React example. Each request for its script bundles it again. A path without a file gets index.html, as an
 * application with routes of its own needs it.
 * @throws CannotStart if the port is taken
 */
export async function serveReactExample({ host, port, plugins = [] }: ReactExampleOptions): Promise<ReactExample> {
  if (!(await isFree(port))) {
    throw new CannotStart(
      `Port ${port} is taken. Stop the program that listens there, or choose another port: --port N`,
    );
  }
  const bundling = await context({
    entryPoints: [`${FOLDER}/main.tsx`],
    bundle: true,
    jsx: 'automatic',
    // Where the script has its path in the served folder. It is not written there.
    outdir: FOLDER,
    write: false,
    logLevel: 'warning',
    plugins,
  });
  await bundling.serve({ host, port, servedir: FOLDER, fallback: `${FOLDER}/index.html` });
  return { origin: `http://${host}:${port}`, stop: () => bundling.dispose() };
}
