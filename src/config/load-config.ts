import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { parse } from 'dotenv';
import { Redactor } from '../logging/redactor.js';
import { isLoopback } from '../whatsapp/domain/loopback.js';
import { Environment } from './environment.js';
import { readSecretFiles } from './secret-files.js';

export type Config = Readonly<Environment>;

/** The environment is not a valid configuration. The message names every fault. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
}

/** Returns the names of all environment variables, in the order of {@link Environment}. */
export function variableNames(): readonly (keyof Environment)[] {
  const all = getMetadataStorage().getTargetValidationMetadatas(Environment, '', false, false);
  return [...new Set(all.map(({ propertyName }) => propertyName as keyof Environment))];
}

/** Masks a secret that the operator has put into the wrong variable. */
const REDACTOR = new Redactor({ phoneNumbers: true });

/** Returns the value for a message. A key, or an address that may contain a password, is never shown. */
function shown(name: string, value: string): string {
  if (/_KEYS?$/.test(name) || value.includes('@')) return 'a value that is not shown';
  const redacted = REDACTOR.text(value);
  return JSON.stringify(redacted.length > 64 ? `${redacted.slice(0, 63)}…` : redacted);
}

/** Returns faults that concern two variables. They are reported together with the faults of single variables. */
function crossFaultsOf(environment: Environment, isSound: (name: keyof Environment) => boolean): string[] {
  const { NODE_ENV, WHATSAPP_SERVER_ROOT_KEY, WHATSAPP_SERVER_URL } = environment;
  const faults: string[] = [];
  const hasKey = WHATSAPP_SERVER_ROOT_KEY !== undefined && isSound('WHATSAPP_SERVER_ROOT_KEY');
  if (hasKey && isSound('WHATSAPP_SERVER_URL') && !isLoopback(new URL(WHATSAPP_SERVER_URL).hostname)) {
    faults.push(
      `WHATSAPP_SERVER_ROOT_KEY holds ${shown('WHATSAPP_SERVER_ROOT_KEY', '')}; it is accepted only with a WHATSAPP_SERVER_URL on a loopback address.`,
    );
  }
  if (hasKey && NODE_ENV === 'production') {
    faults.push(
      `WHATSAPP_SERVER_ROOT_KEY holds ${shown('WHATSAPP_SERVER_ROOT_KEY', '')}; it is not accepted with NODE_ENV=production, because the owner of its private half could impersonate WhatsApp.`,
    );
  }
  return faults;
}

/**
 * Returns a fault if the operator has switched off Node's verification of certificates. The connections of this service
 * ignore that switch, but requests of Baileys obey it.
 */
function tlsFaultsOf({ NODE_TLS_REJECT_UNAUTHORIZED: value }: Readonly<Record<string, string | undefined>>) {
  return value === '0'
    ? [
        'NODE_TLS_REJECT_UNAUTHORIZED holds "0"; it must not be 0, because the service could not detect a server that impersonates WhatsApp. To trust the certificates of your proxy, set NODE_EXTRA_CA_CERTS=file.pem.',
      ]
    : [];
}

function faultsOf(environment: Environment, raw: Record<string, string>): string[] {
  const errors = validateSync(environment, { stopAtFirstError: true, forbidUnknownValues: true });
  const unsound = new Set(errors.map(({ property }) => property));
  return [
    ...errors.map(({ property, constraints }) => {
      const [accepts] = Object.values(constraints ?? {});
      return `${property} holds ${shown(property, raw[property] ?? '')}; it accepts ${accepts ?? 'something else'}.`;
    }),
    ...crossFaultsOf(environment, (name) => !unsound.has(name)),
  ];
}

/**
 * Returns the typed, validated, frozen configuration. An empty variable counts as absent.
 * @throws ConfigInvalid with every fault: the variable, its value and the accepted values
 */
export function configFrom(variables: Readonly<Record<string, string | undefined>>): Config {
  const raw: Record<string, string> = {};
  for (const name of variableNames()) {
    const value = variables[name];
    if (value !== undefined && value !== '') raw[name] = value;
  }
  const fileFaults = readSecretFiles(raw);
  const environment = plainToInstance(Environment, raw, { exposeDefaultValues: true });
  const faults = [...faultsOf(environment, raw), ...fileFaults, ...tlsFaultsOf(variables)];
  if (faults.length > 0) {
    throw new ConfigInvalid(
      `The configuration is not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
  return Object.freeze(environment);
}

function readEnvFile(path: string): Record<string, string> {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigInvalid(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * Reads `process.env`, which no other code does, and `.env`. A variable in the environment has priority.
 * @throws ConfigInvalid
 */
export function loadConfig(): Config {
  return configFrom({ ...readEnvFile('.env'), ...process.env });
}
