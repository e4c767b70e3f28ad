/** The Noise certificate chain, its dates or the key under it are not those of the server we trust. */
export class ServerUntrusted extends Error {
  override readonly name = 'ServerUntrusted';
}

/** The device identity in pair-success was not signed by the account that scanned the code. */
export class PairingForged extends Error {
  override readonly name = 'PairingForged';
}

/** The device could not be stored, so WhatsApp must not hear that the pairing succeeded. */
export class AcceptanceFailed extends Error {
  override readonly name = 'AcceptanceFailed';
}

/** The upgrade to a WebSocket was answered with an HTTP status. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';

  constructor(readonly status: number) {
    super(`the upgrade was answered with HTTP ${status}`);
  }
}

/** An open connection that answers nothing. */
export class KeepAliveTimeout extends Error {
  override readonly name = 'KeepAliveTimeout';

  constructor() {
    super('the connection is open and answers nothing');
  }
}

/**
 * WhatsApp gives no phone code for this number, or refused what the phone and we had agreed on by it. 409 `replaced` is our
 * own: it has withdrawn the code and lets only a person ask for another one.
 */
export class CodeRefused extends Error {
  override readonly name = 'CodeRefused';

  constructor(
    readonly code: number,
    readonly detail: string | null,
  ) {
    super(`WhatsApp refused the phone code: ${code} ${detail ?? ''}`);
  }
}

/** WhatsApp links this account only to a device that presents its passkey. */
export class PasskeyRequired extends Error {
  override readonly name = 'PasskeyRequired';

  constructor() {
    super('WhatsApp asks for the passkey of the account');
  }
}
