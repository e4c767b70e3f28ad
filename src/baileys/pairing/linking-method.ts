import type { BinaryNode } from '@whiskeysockets/baileys';

/** What the person does on the phone to link the device, as far as WhatsApp and we have to agree on it. */
export interface LinkingMethod {
  /** WhatsApp has given references: from now on the device can be linked. */
  offered(references: readonly string[]): void;
  /** A notification that came before any device was accepted. The caller acknowledges it. */
  notified(notification: BinaryNode): void;
  /** WhatsApp has accepted the device: nothing of the step counts any more. */
  done(): void;
}
