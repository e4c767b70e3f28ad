import { readFileSync } from 'node:fs';

const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/** Variables whose value may be in a file that `NAME_FILE` names. Container platforms provide secrets in this form. */
const IN_FILES = ['WHATSAPP_ENCRYPTION_KEY', 'WHATSAPP_NEW_ENCRYPTION_KEY'] as const;

/** Whether a text is a key of the store: 32 bytes in base64 or base64url, with or without `=`. */
export function isEncryptionKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * Sets the variables from their files.
 * @returns the faults, without the content of the files and without their names, because a name could be a key
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
    return `cannot be read (${code ?? 'it is not a path'})`;
  }
}
