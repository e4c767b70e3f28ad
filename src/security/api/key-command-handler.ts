import { Logger } from '@nestjs/common';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';
import type { ControlAnswer, ControlRequest } from '../../control-socket/control-request.js';
import type { Clock } from '../../whatsapp/ports/clock.js';
import { type ApiKeys, KeyRefused } from '../keys/api-keys.js';
import type { CallAudit } from '../audit/call-audit.js';
import {
  type KeyAnswer,
  type KeyRequest,
  keyOf,
  type ListedKey,
  type NewKey,
  readKeyRequest,
} from '../keys/key-request.js';
import type { LoadedApiKey } from '../keys/loaded-api-key.js';
import type { AuditedAction } from '../ports/audit-trail.store.js';

/**
 * Carries out requests of the key command. It runs in the service, or in the command itself while no service runs.
 */
export class KeyCommandHandler {
  private readonly logger = new Logger('Security');

  constructor(
    private readonly keys: ApiKeys,
    private readonly audit: CallAudit,
    private readonly clock: Clock,
  ) {}

  /** Handles a request that the command sends to the running service. */
  async handle(request: ControlRequest): Promise<ControlAnswer> {
    return { status: 200, body: await this.answer(await request.body()) };
  }

  /** @returns a `KeyAnswer` as JSON; does not reject */
  async answer(text: string): Promise<string> {
    const request = readKeyRequest(text);
    const answer: KeyAnswer = request
      ? await this.do(request).catch(refusal)
      : { ok: false, message: 'The service runs another version. Use the command of that version.' };
    return JSON.stringify(answer);
  }

  private async do(request: KeyRequest): Promise<KeyAnswer> {
    switch (request.do) {
      case 'list':
        return { ok: true, did: 'list', keys: this.keys.list().map((key) => this.listed(key)) };
      case 'create':
        return this.create(request.key);
      case 'revoke':
        return this.revoke(request.key);
    }
  }

  private async create(newKey: NewKey): Promise<KeyAnswer> {
    const key = keyOf(newKey, this.clock.now());
    const isFirst = await this.audited('create_key', key.id, () => this.keys.add(key));
    this.logger.log(`The key "${key.name}" (${key.id}) was created by a command.`);
    if (isFirst) this.logger.log('There is an API key now, so every call needs a key.');
    return { ok: true, did: 'create', id: key.id, isFirst };
  }

  private async revoke(called: string): Promise<KeyAnswer> {
    // Another key can receive the name while this call waits in the queue, so the id is resolved now.
    const subject = this.keys.find(called)?.id ?? null;
    const { id, name } = await this.audited('revoke_key', subject, () => this.keys.revoke(subject ?? called));
    this.logger.log(`The key "${name}" (${id}) was revoked by a command.`);
    return { ok: true, did: 'revoke', id, name };
  }

  private audited<T>(action: AuditedAction, subject: string | null, work: () => Promise<T>): Promise<T> {
    const by = { kind: 'command', id: null, name: null } as const;
    return this.audit.during({ by, action, accountId: null, subject, address: null }, work);
  }

  private listed(key: LoadedApiKey): ListedKey {
    const { id, name, scopes, accounts, createdAt, expiresAt, lastUsedAt, revokedAt } = key.record;
    return {
      id,
      name,
      scopes,
      accounts,
      state: key.state(this.clock.now()),
      createdAt: key.isConfigured ? null : createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
      revokedAt: revokedAt?.toISOString() ?? null,
    };
  }
}

function refusal(error: unknown): KeyAnswer {
  if (error instanceof KeyRefused) return { ok: false, message: error.message };
  return {
    ok: false,
    message: `Nothing was changed: ${causeMessage(error)}. Check the disk and the store, then try again.`,
  };
}
