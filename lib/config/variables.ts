import type { Environment } from './environment.ts';

/** Every fault of the configuration, one line each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(listOfFaults(faults));
    this.faults = faults;
  }
}

/** Faults as a person reads them: their number, and a line for each. */
export const listOfFaults = (faults: readonly string[]): string =>
  [
    `The configuration has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:`,
    ...faults.map((fault) => `- ${fault}`),
  ].join('\n');

/** Reads a configuration. @throws ConfigurationError naming every faulty variable at once */
export function readAll<T>(environment: Environment, read: (variables: Variables) => T): T {
  const variables = new Variables(environment);
  const config = read(variables);
  if (variables.faults.length > 0) throw new ConfigurationError(variables.faults);
  return config;
}

export const isHttpUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);

/** RFC 1123, section 2.1: labels of letters, digits and hyphens. */
const DOMAIN = /^\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;

/** Reads variables one by one and collects what is wrong with them. An empty variable counts as absent. */
export class Variables {
  readonly faults: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  optional(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) this.faults.push(`${name} is missing`);
    return value ?? '';
  }

  check(name: string, isGood: boolean, rule: string): void {
    const fault = `${name} must ${rule}`;
    if (!isGood && !this.faults.includes(fault)) this.faults.push(fault);
  }

  flag(name: string): boolean {
    const value = this.optional(name)?.toLowerCase();
    this.check(name, value === undefined || value === 'true' || value === 'false', 'be true or false');
    return value === 'true';
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.optional(name);
    const known = values.find((candidate) => candidate === value);
    this.check(name, value === undefined || known !== undefined, `be one of ${values.join(', ')}`);
    return known;
  }

  number(name: string, absent: number, min: number, max: number, kind: 'whole' | 'any' = 'any'): number {
    const text = this.optional(name);
    if (text === undefined) return absent;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const isGood = value >= min && value <= max && (kind === 'any' || Number.isInteger(value));
    const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
    this.check(name, isGood, `be a ${kind === 'whole' ? 'whole number' : 'number'} ${range}`);
    return isGood ? value : absent;
  }

  url(name: string): string | undefined {
    const value = this.optional(name);
    this.check(name, value === undefined || isHttpUrl(value), 'be an http(s) URL');
    return value;
  }

  /** A cookie's `Domain`: a host, maybe with a dot before it. */
  domain(name: string): string | undefined {
    const value = this.optional(name);
    this.check(name, value === undefined || DOMAIN.test(value), 'be a domain such as .example.com, without a scheme');
    return value;
  }

  /** Scheme, host and port; a path, a user or a wildcard is refused, because it would silently be ignored. */
  origin(name: string, absent: string): string {
    const value = this.optional(name) ?? absent;
    const isOrigin = isHttpUrl(value) && !value.includes('*') && new URL(value).href === `${new URL(value).origin}/`;
    this.check(name, isOrigin, 'be an http(s) URL without a path');
    return isOrigin ? new URL(value).origin : absent;
  }

  /** Begins with a slash and does not end with one; `/` counts as empty. */
  path(name: string, absent: string): string {
    const value = this.optional(name) ?? absent;
    const path = value.replace(/\/+$/, '');
    this.check(name, path === '' || /^(\/[A-Za-z0-9._~-]+)+$/.test(path), 'be a path such as /auth');
    return path;
  }
}
