/** Licences (SPDX) that require no more than a notice with their text. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'Zlib'];

/** Of what is only used to build and test: licences that are as liberal, but that a lawyer meets less often. */
const FOR_TOOLS = [...PERMISSIVE, 'BlueOak-1.0.0', 'CC-BY-4.0', 'CC0-1.0', 'PSF-2.0', 'Python-2.0'];

/** Where a package is used. */
export type Use = 'shipped' | 'tool';

/**
 * Whether a package may be used there by its licence.
 * @param license an SPDX expression of identifiers, `AND` and `OR`; `AND` binds tighter, and there are brackets around the
 * whole only
 */
export function isAllowed(license: string, use: Use): boolean {
  const allowed = use === 'shipped' ? PERMISSIVE : FOR_TOOLS;
  const choices = license.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((id) => allowed.includes(id)));
}
