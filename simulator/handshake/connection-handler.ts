import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { LoginMeter } from '../login/login-meter.js';
import type { MessageHandler } from '../messages/message-handler.js';
import type { MessageRouter } from '../messages/message-router.js';
import type { ReceiptHandler } from '../messages/receipt-handler.js';
import type { CodeRetirement } from '../pairing/code-retirement.js';
import type { PasskeyHandler } from '../pairing/passkey-handler.js';
import type { RegistrationHandler } from '../pairing/registration-handler.js';
import type { SignatureHandler } from '../pairing/signature-handler.js';
import type { LinkCodeHandler } from '../phone-code/link-code-handler.js';
import type { QueryHandler } from '../queries/query-handler.js';
import { Connection } from '../server/connection.js';
import { failure } from '../server/failure-stanzas.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import type { CertificateAuthority } from '../wire/certificate-authority.js';
import { NoiseResponder } from '../wire/noise-responder.js';
import type { Stanza } from '../wire/stanza.js';
import type { Transport } from '../wire/transport.js';
import type { VersionHandler } from './version-handler.js';

interface ProtocolHandlers {
  registration: RegistrationHandler;
  signature: SignatureHandler;
  linkCode: LinkCodeHandler;
  passkey: PasskeyHandler;
  login: LoginHandler;
  query: QueryHandler;
  message: MessageHandler;
  receipt: ReceiptHandler;
  router: MessageRouter;
  retirement: CodeRetirement;
  version: VersionHandler;
}

/** Serves a client after the upgrade: runs the handshake, then passes every stanza to its handler. */
export class ConnectionHandler {
  private lastId = 0;

  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly authority: CertificateAuthority,
    private readonly meter: LoginMeter,
    private readonly handlers: ProtocolHandlers,
  ) {}

  accept(transport: Transport): Connection {
    return new Connection((this.lastId += 1), transport, new NoiseResponder(this.authority.staticKey));
  }

  /** Resolves when the connection has ended. */
  async serve(connection: Connection): Promise<void> {
    try {
      const payload = await this.performHandshake(connection);
      void this.registerOrLogin(connection, payload).catch(this.disconnectOnError(connection));
      for (;;) {
        const stanza = await connection.nextStanza();
        if (connection.terminated) continue;
        void this.dispatch(connection, stanza).catch(this.disconnectOnError(connection));
      }
    } catch (error) {
      this.disconnectOnError(connection)(error);
    }
  }

  /** Assumed: WhatsApp disconnects a client whose data it cannot read, without a stanza. */
  private disconnectOnError(connection: Connection): (error: unknown) => void {
    return (error) => {
      if (error instanceof FlowStopped) return;
      this.metrics.countRefusal('not_understood', connection.id);
      this.metrics.record(connection.id, String(error));
      connection.transport.destroy();
    };
  }

  private async performHandshake(connection: Connection): Promise<proto.ClientPayload> {
    const hello = await connection.nextFrame();
    await this.stages.run(connection, 'server_hello', (variation) => {
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
    await this.stages.run(connection, 'client_finish', () => {
      this.metrics.count('handshakes');
    });
    return payload;
  }

  private async registerOrLogin(connection: Connection, payload: proto.ClientPayload): Promise<void> {
    if (this.handlers.version.refuses(connection.clientVersion)) {
      // ConnectFailureClientOutdated in whatsmeow's types/events/events.go.
      this.metrics.countRefusal('outdated_version', connection.id);
      this.metrics.record(connection.id, `announced ${connection.clientVersion ?? 'no version'}`);
      await connection.terminate(failure(405));
    } else if (payload.devicePairingData) {
      await this.handlers.registration.register(connection, payload.devicePairingData);
    } else if (payload.username) {
      await this.handlers.login.login(connection, payload);
    } else {
      // ConnectFailureGeneric in whatsmeow's types/events/events.go. That WhatsApp sends this one is assumed.
      this.metrics.countRefusal('empty_payload', connection.id);
      await connection.terminate(failure(400));
    }
  }

  private async dispatch(connection: Connection, stanza: Stanza): Promise<void> {
    switch (stanza.tag) {
      case 'iq':
        return this.dispatchIq(connection, stanza);
      case 'message':
        return this.handlers.message.receive(connection, stanza);
      case 'receipt':
        return this.handlers.receipt.receive(connection, stanza);
      case 'ack':
        this.handlers.retirement.receiveAck(connection, stanza);
        this.handlers.passkey.receiveAck(connection, stanza);
        if (connection.device) this.handlers.router.receiveAck(connection.device, stanza);
        return;
      case 'presence':
        this.handlers.login.receivePresence(connection, stanza);
    }
  }

  private dispatchIq(connection: Connection, iq: Stanza): Promise<void> {
    const { type } = iq.attrs;
    if (type === 'result' || type === 'error') return this.handlers.signature.receive(connection, iq);
    return this.handlers.linkCode.receive(connection, iq) ?? this.handlers.query.answer(connection, iq);
  }
}
