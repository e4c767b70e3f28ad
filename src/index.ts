/* The public API of the package, for host applications. */
export { BaileysModule } from './baileys/baileys.module.js';
export type {
  HistoryChunk,
  HistoryKind,
  HistoryListener,
  HistoryScope,
} from './baileys/history/history-chunk.js';
export type { HistoryRefusal } from './baileys/history/reading/history.errors.js';
export type { HistoryCounts } from './baileys/history/history-host.js';
export { WhatsappSockets } from './baileys/whatsapp-sockets.js';
export { LocalModule } from './local/local.module.js';
export { SqliteStorageModule } from './storage/sqlite/sqlite-storage.module.js';
export { ACCOUNT_EVENT_TYPES } from './whatsapp/domain/account-event.js';
export type { AccountEvent, AccountEventType } from './whatsapp/domain/account-event.js';
export { accountId, isAccountId } from './whatsapp/domain/account-id.js';
export type { AccountId } from './whatsapp/domain/account-id.js';
export type { AccountStatus, Connector } from './whatsapp/domain/account.js';
export {
  AuthStateCorrupt,
  DomainError,
  NoPairing,
  NotConnected,
  StorageFailed,
  TooManySessions,
} from './whatsapp/domain/errors.js';
export type { CoreErrorCode, ErrorCategory } from './whatsapp/domain/errors.js';
export type { Failure, FailureCode, UserAction } from './whatsapp/domain/failure.js';
export { LogLine } from './whatsapp/domain/log-line.js';
export {
  type PairingRequest,
  type PairingStep,
  type PairingView,
  STEP_TYPES,
  type StepType,
} from './whatsapp/domain/pairing.js';
export { phoneNumber } from './whatsapp/domain/phone-number.js';
export type { PhoneNumber } from './whatsapp/domain/phone-number.js';
export { SCOPES } from './whatsapp/domain/scope.js';
export type { Scope } from './whatsapp/domain/scope.js';
export { callerOf, setCaller } from './whatsapp/api/http/caller.js';
export type { Caller } from './whatsapp/api/http/caller.js';
export { requiredScope } from './whatsapp/api/guards/require-scope.decorator.js';
export { PairingService } from './whatsapp/pairing.service.js';
export type { PairAnswer, QrWait, CurrentQr } from './whatsapp/pairing.service.js';
export { ConfigRepository } from './whatsapp/ports/config.repository.js';
export { WhatsappAccounts } from './whatsapp/whatsapp-accounts.js';
export type { Account, AccountCounts, AccountPage, AccountQuery } from './whatsapp/whatsapp-accounts.js';
export type {
  HostGuard,
  WhatsappModuleAsyncOptions,
  WhatsappModuleOptions,
} from './whatsapp/whatsapp-options.js';
export { WhatsappModule } from './whatsapp/whatsapp.module.js';
