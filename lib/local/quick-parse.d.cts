import type { parse } from 'tldts-experimental';

export function quickParse(quick: typeof parse): typeof parse;
