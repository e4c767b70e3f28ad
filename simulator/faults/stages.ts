/**
 * The steps in which the server acts on a connection, in the order of a pairing, its login and what follows. The server
 * passes every stage twice: `before` (the request has arrived; nothing is decided, stored or sent) and `after` (all of
 * that is done, and the bytes are handed to TCP). Faults and holds are possible at these points only.
 */
export const STAGES = [
  /** TCP accepted → the first byte is read. */
  'tcp',
  /** Upgrade request read → `101` written. */
  'upgrade',
  /** ClientHello read → ServerHello with the certificate chain written. */
  'server_hello',
  /** ClientFinish read → the keys agreed and the ClientPayload understood; nothing is written. */
  'client_finish',
  /** Registration: → `pair-device` with the references written. */
  'pair_device',
  /** Phone code: `companion_hello` read → the answer with the reference is written. */
  'companion_hello',
  /** The phone has read a QR code → the reference is used. */
  'scan',
  /** The user has typed a phone code → `primary_hello` with the phone's keys is written to the companion. */
  'primary_hello',
  /** `companion_finish` read → the answer is written, and the phone has the companion's keys. */
  'companion_finish',
  /** The account requires a passkey → `passkey_prologue_request` is written instead of pair-success. */
  'passkey_request',
  /** → `pair-success` written. */
  'pair_success',
  /** `pair-device-sign` read → its signature checked, the device linked. */
  'pair_device_sign',
  /** → stream error 515 written. */
  'stream_restart',
  /** Login: → the device's older connection replaced, `success` written. */
  'login_success',
  'prekey_count',
  'prekey_upload',
  'digest',
  /** A device requests key bundles of other devices → their pre-keys handed out, the answer written. */
  'key_bundles',
  'passive',
  /** The queued stanzas of an active device are written → `<offline>` with their number is written. */
  'offline_end',
  /** `remove-companion-device` read → the device removed, the answer written, the stream closed. */
  'logout',
  'ping',
  /** Any other query. */
  'query',
  /** A device's `<message>` read → its copies queued for their devices, the `<ack>` written. */
  'message',
  /** A device's `<receipt>` read → queued for its recipients, the `<ack>` written. */
  'receipt',
  /** A message, receipt or notification that the device has to acknowledge → written. */
  'delivery',
] as const;

export type Stage = (typeof STAGES)[number];
export type When = 'before' | 'after';

/** Stages that answer one `iq`. */
export const QUERY_STAGES = [
  'prekey_count',
  'prekey_upload',
  'digest',
  'key_bundles',
  'passive',
  'logout',
  'ping',
  'query',
] as const satisfies readonly Stage[];
export type QueryStage = (typeof QUERY_STAGES)[number];
