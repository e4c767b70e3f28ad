import type { Stage, When } from '../../../simulator/faults/stages.js';
import type { AccountFinding } from '../../support/processes/linked-account.js';

/** What an account is doing when the service is killed. */
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

/** A step of a course at which the simulator holds the connection, and what may be found when the service dies there. */
export interface Point {
  readonly course: PairingCourse;
  /** Held before the code is asked for, before it is scanned or typed, or not at all: the connection is open. */
  readonly from: 'call' | 'code' | 'open';
  readonly stage: Stage;
  readonly when: When;
  /** What becomes of the step once the service is dead: WhatsApp never saw what arrived, or goes on with it. */
  readonly whenGone: 'drop' | 'continue';
  /** Connections that pass the stage before the one that is held. */
  readonly skip: number;
  readonly findings: readonly AccountFinding[];
}

type Findings = readonly [
  drop: readonly AccountFinding[],
  carryOn: readonly AccountFinding[],
  after: readonly AccountFinding[],
];

/** Nobody removes a device on the phone. */
export const ANY: readonly AccountFinding[] = ['nothing', 'linked'];
const LINKED: Findings = [['linked'], ['linked'], ['linked']];
const NOTHING: Findings = [['nothing'], ['nothing'], ['nothing']];
const UNLINKED: Findings = [['unlinked'], ['unlinked'], ['unlinked']];

const HANDSHAKE: readonly Stage[] = ['tcp', 'upgrade', 'server_hello', 'client_finish'];

/** What is held after these stages holds nobody up: the connection goes on. */
const WITHOUT_AFTER: readonly Stage[] = ['tcp', 'upgrade'];

/** Whether WhatsApp does not know at this stage whose connection it is. */
export function isAnonymous(stage: Stage): boolean {
  return HANDSHAKE.includes(stage) || stage === 'pair_device';
}

function steps(
  course: PairingCourse,
  from: Point['from'],
  stages: readonly Stage[],
  [drop, carryOn, after]: Findings,
  skip = 0,
): Point[] {
  return stages.flatMap((stage): Point[] => {
    const point = { course, from, stage, skip };
    const before: Point[] = [
      { ...point, when: 'before', whenGone: 'drop', findings: drop },
      { ...point, when: 'before', whenGone: 'continue', findings: carryOn },
    ];
    return WITHOUT_AFTER.includes(stage)
      ? before
      : [...before, { ...point, when: 'after', whenGone: 'drop', findings: after }];
  });
}

/** What follows once the phone has agreed, however the device was shown to it. */
function afterConsent(course: PairingCourse): Point[] {
  return [
    // Once it is written the service may have stored the device and answered, or not.
    ...steps(course, 'code', ['pair_success'], [['nothing'], ['nothing'], ANY]),
    // The reply has arrived, so the device is stored; if WhatsApp has not read it, it is cleared without a word.
    ...steps(course, 'code', ['pair_device_sign'], [['nothing'], ['linked'], ['linked']]),
    ...steps(course, 'code', ['stream_restart', ...HANDSHAKE, 'login_success'], LINKED),
    ...steps(course, 'code', ['prekey_count', 'prekey_upload', 'digest', 'passive', 'query'], LINKED),
    { course, from: 'open', stage: 'query', when: 'after', whenGone: 'drop', skip: 0, findings: ['linked'] },
  ];
}

/** Every step of a first pairing, in order. */
export const PAIRING: readonly Point[] = [
  ...steps('pairing', 'call', [...HANDSHAKE, 'pair_device'], NOTHING),
  ...steps('pairing', 'code', ['scan'], NOTHING),
  ...afterConsent('pairing'),
];

/** What a first pairing by phone code has of its own, and the same end. */
export const BY_CODE: readonly Point[] = [
  ...steps('pairing by phone code', 'call', ['pair_device', 'companion_hello'], NOTHING),
  ...steps('pairing by phone code', 'code', ['primary_hello', 'companion_finish'], NOTHING),
  ...afterConsent('pairing by phone code'),
];

/** Every step of a first pairing that WhatsApp or the service says no to. */
export const REFUSED: readonly Point[] = [
  ...steps('pairing an account that has a passkey', 'code', ['passkey_request'], NOTHING),
  ...steps('pairing an account that has a passkey by phone code', 'code', ['passkey_request'], NOTHING),
  ...steps('pairing while another number is expected', 'code', ['pair_success'], NOTHING),
];

const LOGOUT: Findings = [['linked'], ['nothing'], ['nothing']];

/** Every step of what comes after the first pairing. */
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
  // After these the client goes on to the logout.
  ...steps('disconnecting while down', 'call', ['login_success', 'passive'], [['linked'], ['linked'], ANY]),
  ...steps('disconnecting while down', 'call', ['logout'], LOGOUT),
];
