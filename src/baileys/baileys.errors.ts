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
export class Deaf extends Error {
  override readonly name = 'Deaf';

  constructor() {
    super('the connection is open and answers nothing');
  }
}
