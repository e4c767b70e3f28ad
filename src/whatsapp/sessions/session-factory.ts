import { Injectable } from '@nestjs/common';
import { AccountRegistry } from '../accounts/account-registry.js';
import { PairingSlots } from '../ports/pairing-slots.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { LoginThrottle } from './login-throttle.js';
import { Session, type SessionContext } from './session.js';
import { WebVersions } from './web-versions.js';

/** Creates sessions with the ports and services that their effects need. */
@Injectable()
export class SessionFactory {
  constructor(
    private readonly gateway: WhatsappGateway,
    private readonly registry: AccountRegistry,
    private readonly slots: PairingSlots,
    private readonly webVersions: WebVersions,
    private readonly loginThrottle: LoginThrottle,
  ) {}

  create(context: SessionContext): Session {
    const { gateway, registry, slots, webVersions, loginThrottle } = this;
    return new Session(context, { gateway, registry, slots, webVersions, loginThrottle });
  }
}
