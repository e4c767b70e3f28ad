import type { Stage, When } from '../../../simulator/faults/stages.js';
import type { AccountFinding } from '../../support/processes/linked-account.js';

/** The activity of an account when the service is killed. */
export type PairingCourse =
  | 'pairing'
  | 'pairing by phone code'
  | 'pairing an account that has a passkey'
  | 'pairing an account that has a passkey by phone code'
  | 'pairing while another number is expected'
  | 'logging in'
  | 'pairing anew after the phone removed the device'
  | 'disconnecting while open'
  | 'disconnecting while down';

/** A step at which the simulator holds the connection, and the allowed states after a kill at this step. */
export interface Point {
  readonly course: PairingCourse;
  /**
   * When the test adds the hold: before the call, before the user scans or types the code, or never (the connection is
   * open).
   */
  readonly from: 'call' | 'code' | 'open';
  readonly stage: Stage;
  readonly when: When;
  /**
   * How the simulator treats the step after the kill: as if the data had not arrived (`drop`), or it completes the step
   * (`continue`).
   */
  readonly whenGone: 'drop' | 'continue';
  /** Number of connections that pass the stage before the held one. */
  readonly skip: number;
  readonly findings: readonly AccountFinding[];
}

type Findings = readonly [
  drop: readonly AccountFinding[],
  continued: readonly AccountFinding[],
  after: readonly AccountFinding[],
];

/** The allowed states at any step, because no step removes a device on the phone. */
export const ANY: readonly AccountFinding[] = ['nothing', 'linked'];
const LINKED: Findings = [['linked'], ['linked'], ['linked']];
const NOTHING: Findings = [['nothing'], ['nothing'], ['nothing']];
const UNLINKED: Findings = [['unlinked'], ['unlinked'], ['unlinked']];

const HANDSHAKE: readonly Stage[] = ['tcp', 'upgrade', 'server_hello', 'client_finish'];

/** A hold after these stages has no effect, because the next step is the client's. */
const WITHOUT_AFTER: readonly Stage[] = ['tcp', 'upgrade'];

/** Whether WhatsApp does not know the account of the connection at this stage. */
export function isAnonymous(stage: Stage): boolean {
  return HANDSHAKE.includes(stage) || stage === 'pair_device';
}

function steps(
  course: PairingCourse,
  from: Point['from'],
  stages: readonly Stage[],
  [drop, continued, after]: Findings,
  skip = 0,
): Point[] {
  return stages.flatMap((stage): Point[] => {
    const point = { course, from, stage, skip };
    const before: Point[] = [
      { ...point, when: 'before', whenGone: 'drop', findings: drop },
      { ...point, when: 'before', whenGone: 'continue', findings: continued },
    ];
    return WITHOUT_AFTER.includes(stage)
      ? before
      : [...before, { ...point, when: 'after', whenGone: 'drop', findings: after }];
  });
}

/** Returns the steps after the user has agreed on the phone, by QR code or by phone code. */
function afterConsent(course: PairingCourse): Point[] {
  return [
    // After the write, the service may or may not have stored the device and answered.
    ...steps(course, 'code', ['pair_success'], [['nothing'], ['nothing'], ANY]),
    // The reply has arrived, so the device is stored. If WhatsApp has not read the reply, the service clears the device
    // without an error.
    ...steps(course, 'code', ['pair_device_sign'], [['nothing'], ['linked'], ['linked']]),
    ...steps(course, 'code', ['stream_restart', ...HANDSHAKE, 'login_success'], LINKED),
    ...steps(course, 'code', ['prekey_count', 'prekey_upload', 'digest', 'passive', 'query'], LINKED),
    { course, from: 'open', stage: 'query', when: 'after', whenGone: 'drop', skip: 0, findings: ['linked'] },
  ];
}

/** All steps of a first pairing by QR code, in order. */
export const PAIRING: readonly Point[] = [
  ...steps('pairing', 'call', [...HANDSHAKE, 'pair_device'], NOTHING),
  ...steps('pairing', 'code', ['scan'], NOTHING),
  ...afterConsent('pairing'),
];

/** All steps of a first pairing by phone code. The last ones are the same as by QR code. */
export const BY_CODE: readonly Point[] = [
  ...steps('pairing by phone code', 'call', ['pair_device', 'companion_hello'], NOTHING),
  ...steps('pairing by phone code', 'code', ['primary_hello', 'companion_finish'], NOTHING),
  ...afterConsent('pairing by phone code'),
];

/** All steps of a first pairing that WhatsApp or the service refuses. */
export const REFUSED: readonly Point[] = [
  ...steps('pairing an account that has a passkey', 'code', ['passkey_request'], NOTHING),
  ...steps('pairing an account that has a passkey by phone code', 'code', ['passkey_request'], NOTHING),
  ...steps('pairing while another number is expected', 'code', ['pair_success'], NOTHING),
];

const LOGOUT: Findings = [['linked'], ['nothing'], ['nothing']];

/** All steps after the first pairing: logins, a new pairing, and disconnects. */
export const LATER: readonly Point[] = [
  ...steps(
    'logging in',
    'call',
    [...HANDSHAKE, 'login_success', 'prekey_count', 'digest', 'passive'],
    LINKED,
  ),
  ...steps('pairing anew after the phone removed the device', 'call', HANDSHAKE, UNLINKED),
  ...steps('pairing anew after the phone removed the device', 'call', HANDSHAKE, UNLINKED, 1),
  ...steps('pairing anew after the phone removed the device', 'call', ['pair_device'], UNLINKED),
  ...steps('disconnecting while open', 'call', ['logout'], LOGOUT),
  ...steps('disconnecting while down', 'call', HANDSHAKE, LINKED),
  // After these stages the client continues with the logout.
  ...steps('disconnecting while down', 'call', ['login_success', 'passive'], [['linked'], ['linked'], ANY]),
  ...steps('disconnecting while down', 'call', ['logout'], LOGOUT),
];
