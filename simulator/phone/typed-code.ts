const CODE = /^([0-9A-Z]{4})-?([0-9A-Z]{4})$/;

/**
 * Normalizes a typed phone code: with or without the dash, in upper or lower case. Returns undefined for any other
 * text.
 */
export function readTypedCode(text: string): string | undefined {
  const [, first, second] = CODE.exec(text.trim().toUpperCase()) ?? [];
  return first !== undefined && second !== undefined ? first + second : undefined;
}
