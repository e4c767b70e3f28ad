import { EventEmitter } from 'node:events';
import type { WASocket } from '@whiskeysockets/baileys';

const PROBE = 'nestjs-whatsapp-pairing.probe';

/**
 * Returns the emitter inside `ev`. The wrapper does not expose it, but an emitter calls its listeners with itself as
 * `this`.
 */
export function emitterBehind(ev: WASocket['ev']): EventEmitter {
  let emitter: unknown;
  function probe(this: unknown): void {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    emitter = this;
  }
  const events = ev as unknown as Pick<EventEmitter, 'on' | 'off' | 'emit'>;
  events.on(PROBE, probe);
  events.emit(PROBE, {});
  events.off(PROBE, probe);
  if (!isEmitter(emitter)) throw new Error('Baileys’ event emitter could not be reached');
  return emitter;
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
