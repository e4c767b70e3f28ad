/**
 * The steps at which the server acts on a connection, in the order of a pairing, the login after it and what follows. Every one is
 * passed twice: `before` (the reason has arrived, nothing has been decided, stored or sent) and `after` (all of that is
 * done and the bytes are handed to TCP). Faults and holds attach to these points and nowhere else.
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
  /** A companion that wants to be linked by a code asks for its reference → the answer is written. */
  'companion_hello',
  /** The phone has read a code → the reference is used up. */
  'scan',
  /** A code has been typed into the phone → `primary_hello` with the phone's keys is written to the companion. */
  'primary_hello',
  /** The companion's keys for the phone read → the answer is written, the phone has them. */
  'companion_finish',
  /** The account wants its passkey → `passkey_prologue_request` is written in place of pair-success. */
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
  /** Others' key bundles asked for → their pre-keys handed out, the answer written. */
  'key_bundles',
  'passive',
  /** `remove-companion-device` read → the device removed, the answer written, the stream closed. */
  'logout',
  'ping',
  /** Any other query. */
  'query',
  /** A device's `<message>` read → its copies posted, the `<ack>` written. */
  'message',
  /** A device's `<receipt>` read → posted to whom it is about, the `<ack>` written. */
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
