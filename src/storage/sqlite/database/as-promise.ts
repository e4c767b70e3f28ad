import { StorageFailed } from '../../../whatsapp/domain/errors.js';

/**
 * Does the work at once and returns its result as a promise, as the ports require. Inside this folder, a value that
 * cannot be stored exactly is a `TypeError`. The ports report it as `StorageFailed`.
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
