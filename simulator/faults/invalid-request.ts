/** The caller of the library or of the control API asked for something that cannot be. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
}
