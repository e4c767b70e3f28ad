/**
 * A caller of the library or of the control API requested something impossible. The control API answers it with 400.
 */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
}
