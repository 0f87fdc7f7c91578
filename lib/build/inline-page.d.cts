import type { Plugin } from 'esbuild';

export function inlinePage(): Plugin;
