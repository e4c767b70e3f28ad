import { readFileSync } from 'node:fs';

const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/** Variables whose value may stand in a file instead, as container platforms hand out secrets: `NAME_FILE`. */
const IN_FILES = ['WHATSAPP_ENCRYPTION_KEY', 'WHATSAPP_NEW_ENCRYPTION_KEY'] as const;

/** Whether it is a key of the store: 32 bytes in base64, with or without its `=`, of either alphabet. */
export function isEncryptionKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * Puts what the files hold where the variables would stand.
 * @returns what is wrong with them, without anything that they hold, and without their names: one could be a key
 */
export function readSecretFiles(variables: Record<string, string>): string[] {
  const faults: string[] = [];
  for (const name of IN_FILES) {
    const file = variables[`${name}_FILE`];
    if (file === undefined) continue;
    if (variables[name] !== undefined) {
      faults.push(`${name} and ${name}_FILE are both set; set one of them.`);
      continue;
    }
    const fault = faultOf(file, (content) => (variables[name] = content));
    if (fault !== null) faults.push(`${name}_FILE names a file that ${fault}.`);
  }
  return faults;
}

function faultOf(file: string, take: (content: string) => void): string | null {
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (!isEncryptionKey(content)) return 'does not hold 32 bytes in base64 and nothing else';
    take(content);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `cannot be read (${code ?? 'it is no path'})`;
  }
}
