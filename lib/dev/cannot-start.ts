/** Something that a developer can mend; its message says how. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
