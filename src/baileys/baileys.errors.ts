/**
 * The Noise certificate chain, its validity dates or its key are not those of the trusted server, or the server sent
 * data that WhatsApp does not send before it has proved who it is.
 */
export class ServerUntrusted extends Error {
  override readonly name = 'ServerUntrusted';
}

/** A stanza of the server has more bytes, nodes, texts or levels than this service decodes. */
export class StanzaTooLarge extends Error {
  override readonly name = 'StanzaTooLarge';

  constructor(readonly excess: string) {
    super(`a stanza of the server is too large: ${excess}`);
  }
}

/** The account that scanned the code did not sign the device identity in pair-success. */
export class PairingForged extends Error {
  override readonly name = 'PairingForged';
}

/** The device could not be stored, so WhatsApp must not get the reply that completes the pairing. */
export class AcceptanceFailed extends Error {
  override readonly name = 'AcceptanceFailed';
}

/** The server answered the WebSocket upgrade with an HTTP status. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';

  constructor(readonly status: number) {
    super(`the server answered the WebSocket upgrade with HTTP ${status}`);
  }
}

/** An open connection stopped answering, or WhatsApp did not answer a query in time. */
export class KeepAliveTimeout extends Error {
  override readonly name = 'KeepAliveTimeout';

  constructor() {
    super('the connection is open but does not answer');
  }
}

/**
 * WhatsApp refused a phone code for this number, or the keys that the phone and this device agreed on with it.
 * 409 `replaced` is this gateway's own code. It means that WhatsApp withdrew the phone code, and that only the user may
 * request another one.
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

/** WhatsApp links this account only to a device that presents the account's passkey. */
export class PasskeyRequired extends Error {
  override readonly name = 'PasskeyRequired';

  constructor() {
    super('WhatsApp requires the passkey of the account');
  }
}

/** A download broke a rule or a limit. */
export class DownloadRefused extends Error {
  override readonly name = 'DownloadRefused';

  constructor(reason: string) {
    super(`a download was refused: ${reason}`);
  }
}
