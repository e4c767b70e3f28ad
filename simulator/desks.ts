import type { StageGate } from './server/stage-gate.js';
import type { CertificateAuthority } from './wire/certificate-authority.js';
import { CodeEntryDesk } from './phone-code/code-entry-desk.js';
import type { PhoneLimits } from './phone-code/code-entry-desk.js';
import type { CodeRefresh } from './phone-code/code-refresh.js';
import type { CodeRetirement } from './pairing/code-retirement.js';
import type { DeviceRegistry } from './server/device-registry.js';
import type { Ledger } from './server/ledger.js';
import { LinkCodeDesk } from './phone-code/link-code-desk.js';
import { LoginDesk } from './login/login-desk.js';
import type { LoginMeter } from './login/login-meter.js';
import { MessageDesk } from './messages/message-desk.js';
import { NoticeDesk } from './messages/notice-desk.js';
import { OfferDesk } from './pairing/offer-desk.js';
import { PasskeyDesk } from './pairing/passkey-desk.js';
import type { PhoneCodeBook } from './phone-code/phone-code-book.js';
import { PostOffice } from './messages/post-office.js';
import { PreKeyDesk } from './queries/pre-key-desk.js';
import { QueryDesk } from './queries/query-desk.js';
import { ReceiptDesk } from './messages/receipt-desk.js';
import { Reception } from './handshake/reception.js';
import type { ReferenceBook } from './pairing/reference-book.js';
import { RegistrationDesk } from './pairing/registration-desk.js';
import { ScanDesk } from './pairing/scan-desk.js';
import { SignatureDesk } from './pairing/signature-desk.js';
import type { VersionDesk } from './handshake/version-desk.js';

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
