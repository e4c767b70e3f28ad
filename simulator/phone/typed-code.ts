const CODE = /^([0-9A-Z]{4})-?([0-9A-Z]{4})$/;

/** What a person types, with or without the dash, in capitals or not; undefined for what the phone has no room for. */
export function readTypedCode(text: string): string | undefined {
  const [, first, second] = CODE.exec(text.trim().toUpperCase()) ?? [];
  return first !== undefined && second !== undefined ? first + second : undefined;
}
