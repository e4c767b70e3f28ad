/**
 * Returns the fields of an error in the log. Other properties are left out: errors of Baileys have whole protocol
 * nodes.
 */
export function errorFields(error: Error): Record<string, unknown> {
  const errors = withCauses(error);
  return {
    type: error.constructor.name,
    message: errors.map(({ message }) => message).join(': '),
    stack: errors.map(({ stack }) => stack ?? '').join('\ncaused by: '),
    ...('code' in error ? { code: error.code } : {}),
  };
}

/** Returns the fields of an error when only its stack is known. */
export function stackFields(stack: string): Record<string, unknown> {
  const [first = ''] = stack.split('\n', 1);
  const [type] = /^\w+/.exec(first) ?? ['Error'];
  return { type, message: first, stack };
}

/** Returns the error and its causes, the outermost first, each once. */
function withCauses(error: Error): Error[] {
  const errors: Error[] = [];
  for (let next: unknown = error; next instanceof Error && !errors.includes(next); next = next.cause) {
    errors.push(next);
  }
  return errors;
}
