import { isKebabCase } from '../serverless-yml/names.ts';
import { METHODS } from './route.ts';

/** The parts of a route that the user chooses. */
export type Part = 'name' | 'method' | 'path' | 'table' | 'role';

/** Returns what is wrong with the value of one part; `undefined` if nothing is. */
export function faultIn(part: Part, value: string): string | undefined {
  switch (part) {
    case 'name':
    case 'table':
      return isKebabCase(value) && value.length <= 40
        ? undefined
        : `A ${part === 'name' ? 'route' : 'table'} name has lower-case letters, digits and single hyphens, starts with a letter, and has at most 40 characters.`;
    case 'method':
      return METHODS.some((method) => method === value) ? undefined : `A method is one of ${METHODS.join(', ')}.`;
    case 'path':
      return isPath(value)
        ? undefined
        : 'A path starts with a slash and has segments of letters, digits, ".", "-" and "_", or parameters such as {id}.';
    case 'role':
      return /^[a-z][\w-]{0,39}$/i.test(value)
        ? undefined
        : 'A role has letters, digits, hyphens and underscores, starts with a letter, and has at most 40 characters.';
  }
}

function isPath(path: string): boolean {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return /^(\/([\w.-]+|\{[a-zA-Z]\w*\}))+$/.test(path) && new Set(names).size === names.length;
}
