import type { StageGate } from '../faults/stage-gate.js';
import type { CertificateAuthority } from '../wire/certificate-authority.js';
import { CodeEntryDesk } from './code-entry-desk.js';
import type { PhoneLimits } from './code-entry-desk.js';
import type { CodeRefresh } from './code-refresh.js';
import type { CodeRetirement } from './code-retirement.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Ledger } from './ledger.js';
import { LinkCodeDesk } from './link-code-desk.js';
import { LoginDesk } from './login-desk.js';
import type { LoginMeter } from './login-meter.js';
import { MessageDesk } from './message-desk.js';
import { NoticeDesk } from './notice-desk.js';
import { OfferDesk } from './offer-desk.js';
import { PasskeyDesk } from './passkey-desk.js';
import type { PhoneCodeBook } from './phone-code-book.js';
import { PostOffice } from './post-office.js';
import { PreKeyDesk } from './pre-key-desk.js';
import { QueryDesk } from './query-desk.js';
import { ReceiptDesk } from './receipt-desk.js';
import { Reception } from './reception.js';
import type { ReferenceBook } from './reference-book.js';
import { RegistrationDesk } from './registration-desk.js';
import { ScanDesk } from './scan-desk.js';
import { SignatureDesk } from './signature-desk.js';
import type { VersionDesk } from './version-desk.js';

export interface Premises {
  gate: StageGate;
  ledger: Ledger;
  registry: DeviceRegistry;
  references: ReferenceBook;
  authority: CertificateAuthority;
  codes: PhoneCodeBook;
  retirement: CodeRetirement;
  refresh: CodeRefresh;
  versions: VersionDesk;
  meter: LoginMeter;
  limits: PhoneLimits;
}

export interface Desks {
  reception: Reception;
  logins: LoginDesk;
  scans: ScanDesk;
  codeEntry: CodeEntryDesk;
  notices: NoticeDesk;
  preKeys: PreKeyDesk;
}

/** Sets up the server behind its front door. */
export function setUpDesks(premises: Premises): Desks {
  const {
    gate,
    ledger,
    registry,
    references,
    codes,
    authority,
    retirement,
    refresh,
    versions,
    meter,
    limits,
  } = premises;
  const logins = new LoginDesk(gate, ledger, registry);
  const post = new PostOffice(gate, ledger, logins, meter);
  const notices = new NoticeDesk(ledger, registry, logins, post);
  const preKeys = new PreKeyDesk(ledger, registry, notices);
  const passkey = new PasskeyDesk(gate, ledger);
  const offers = new OfferDesk(gate, passkey);
  const reception = new Reception(gate, ledger, authority, meter, {
    registration: new RegistrationDesk(gate, ledger, references),
    signature: new SignatureDesk(gate, ledger),
    linkCode: new LinkCodeDesk(gate, ledger, codes, refresh),
    passkey,
    login: logins,
    query: new QueryDesk(gate, ledger, registry, logins, preKeys, post, notices),
    message: new MessageDesk(gate, ledger, registry, post),
    receipt: new ReceiptDesk(gate, ledger, registry, post),
    post,
    retirement,
    version: versions,
  });
  const scans = new ScanDesk(gate, ledger, registry, references, offers, limits.mostDevices);
  const codeEntry = new CodeEntryDesk(gate, ledger, registry, codes, refresh, offers, limits);
  return { reception, logins, scans, codeEntry, notices, preKeys };
}
