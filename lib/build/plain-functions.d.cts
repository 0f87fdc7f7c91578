import type { Plugin } from 'esbuild';

export function plainFunctions(): Plugin;
/** The same program with function expressions in the place of arrow functions; its lines stay where they are. */
export function withoutArrows(code: string): string;
