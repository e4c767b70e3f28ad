import { StorageFailed } from '../../../whatsapp/domain/errors.js';

/**
 * Does the work now and answers as the ports do: with a promise. A value that cannot be stored exactly is a TypeError
 * inside this folder; outside, the ports only know that the store has failed.
 */
export function asPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    try {
      resolve(work());
    } catch (error) {
      throw error instanceof TypeError ? new StorageFailed({ cause: error }) : error;
    }
  });
}
