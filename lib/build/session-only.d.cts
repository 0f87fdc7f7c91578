import type { Plugin } from 'esbuild';

export function sessionOnly(): Plugin;
/** What takes the place of which module of the SDK, by its path in lib/build, or of which package that it asks for. */
export const REPLACED: Readonly<Record<string, string>>;
/** The folder of the SDK. */
export const SDK: string;
/** The file that a key of {@link REPLACED} stands for. @throws Error if there is none */
export function fileOf(name: string): string;
