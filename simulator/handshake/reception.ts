import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { StageGate } from '../server/stage-gate.js';
import type { CertificateAuthority } from '../wire/certificate-authority.js';
import type { Stanza } from '../wire/stanza.js';
import type { CodeRetirement } from '../pairing/code-retirement.js';
import type { Connection } from '../server/connection.js';
import { failure } from '../server/last-words.js';
import type { Ledger } from '../server/ledger.js';
import type { LinkCodeDesk } from '../phone-code/link-code-desk.js';
import type { LoginDesk } from '../login/login-desk.js';
import type { LoginMeter } from '../login/login-meter.js';
import type { MessageDesk } from '../messages/message-desk.js';
import type { PasskeyDesk } from '../pairing/passkey-desk.js';
import type { PostOffice } from '../messages/post-office.js';
import type { QueryDesk } from '../queries/query-desk.js';
import type { ReceiptDesk } from '../messages/receipt-desk.js';
import type { RegistrationDesk } from '../pairing/registration-desk.js';
import type { SignatureDesk } from '../pairing/signature-desk.js';
import type { VersionDesk } from './version-desk.js';

export interface Desks {
  registration: RegistrationDesk;
  signature: SignatureDesk;
  linkCode: LinkCodeDesk;
  passkey: PasskeyDesk;
  login: LoginDesk;
  query: QueryDesk;
  message: MessageDesk;
  receipt: ReceiptDesk;
  post: PostOffice;
  retirement: CodeRetirement;
  version: VersionDesk;
}

/** Receives a client after the upgrade: the handshake, then every stanza to the desk that it is for. */
export class Reception {
  constructor(
    private readonly gate: StageGate,
    private readonly ledger: Ledger,
    private readonly authority: CertificateAuthority,
    private readonly meter: LoginMeter,
    private readonly desks: Desks,
  ) {}

  /** Ends with the connection. */
  async serve(connection: Connection): Promise<void> {
    try {
      const payload = await this.shakeHands(connection);
      void this.admit(connection, payload).catch(this.giveUp(connection));
      for (;;) {
        const stanza = await connection.nextStanza();
        if (connection.dismissed) continue;
        void this.dispatch(connection, stanza).catch(this.giveUp(connection));
      }
    } catch (error) {
      this.giveUp(connection)(error);
    }
  }

  /** Assumed: a client that cannot be understood is disconnected without a word. */
  private giveUp(connection: Connection): (error: unknown) => void {
    return (error) => {
      if (error instanceof FlowStopped) return;
      this.ledger.refuse('not_understood', connection.id);
      this.ledger.tell(connection.id, String(error));
      connection.wire.cut();
    };
  }

  private async shakeHands(connection: Connection): Promise<proto.ClientPayload> {
    const hello = await connection.nextFrame();
    await this.gate.perform(connection, 'server_hello', (variation) => {
      const forgery = variation?.type === 'certificate' ? variation.forgery : undefined;
      return connection.sendPlain(connection.noise.hello(hello, this.authority.chain(forgery)));
    });
    const finish = connection.noise.finish(await connection.nextFrame());
    const payload = proto.ClientPayload.decode(finish.payload);
    connection.clientStatic = finish.clientStatic;
    connection.kind = payload.devicePairingData ? 'registration' : 'login';
    const { primary, secondary, tertiary } = payload.userAgent?.appVersion ?? {};
    connection.clientVersion = [primary, secondary, tertiary].join('.');
    if (connection.kind === 'login') this.meter.begin(connection);
    await this.gate.perform(connection, 'client_finish', () => {
      this.ledger.count('handshakes');
    });
    return payload;
  }

  private async admit(connection: Connection, payload: proto.ClientPayload): Promise<void> {
    if (this.desks.version.refuses(connection.clientVersion)) {
      // ConnectFailureClientOutdated in whatsmeow's types/events/events.go.
      this.ledger.refuse('outdated_version', connection.id);
      this.ledger.tell(connection.id, `announced ${connection.clientVersion ?? 'no version'}`);
      await connection.dismiss(failure(405));
    } else if (payload.devicePairingData) {
      await this.desks.registration.register(connection, payload.devicePairingData);
    } else if (payload.username) {
      await this.desks.login.login(connection, payload);
    } else {
      // ConnectFailureGeneric in whatsmeow's types/events/events.go; that it is this one is assumed.
      this.ledger.refuse('empty_payload', connection.id);
      await connection.dismiss(failure(400));
    }
  }

  private async dispatch(connection: Connection, stanza: Stanza): Promise<void> {
    switch (stanza.tag) {
      case 'iq':
        return this.dispatchIq(connection, stanza);
      case 'message':
        return this.desks.message.receive(connection, stanza);
      case 'receipt':
        return this.desks.receipt.receive(connection, stanza);
      case 'ack':
        this.desks.retirement.receiveAck(connection, stanza);
        this.desks.passkey.receiveAck(connection, stanza);
        if (connection.device) this.desks.post.receiveAck(connection.device, stanza);
        return;
      case 'presence':
        this.desks.login.receivePresence(connection, stanza);
    }
  }

  private dispatchIq(connection: Connection, iq: Stanza): Promise<void> {
    const { type } = iq.attrs;
    if (type === 'result' || type === 'error') return this.desks.signature.receive(connection, iq);
    return this.desks.linkCode.receive(connection, iq) ?? this.desks.query.answer(connection, iq);
  }
}
