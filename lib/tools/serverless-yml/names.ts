import { keysAt } from './entries.ts';

/** Lambda's limit for the name of a function, `<service>-<stage>-<function>`. */
export const MAX_FUNCTION_NAME = 64;

/** Lower-case letters, digits and single hyphens between them, with a letter first. */
export const isKebabCase = (name: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);

/** The stages that a serverless.yml names, and `dev`. */
export const stagesIn = (text: string): string[] => [
  'dev',
  ...keysAt(text, ['params']).filter((stage) => stage !== 'default'),
];
