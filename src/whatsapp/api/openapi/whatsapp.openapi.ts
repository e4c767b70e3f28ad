import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { MEDIA_TYPES, QR_FORMATS } from '../../../qr/draw-qr.js';
import { ACCOUNT_ID, AccountRequest } from '../dto/account.request.dto.js';
import { ACCOUNTS_EXAMPLES } from '../dto/accounts.examples.js';
import { AFTER } from '../dto/accounts.request.dto.js';
import { LIMIT } from '../dto/page.request.dto.js';
import { AccountsResponse } from '../dto/accounts.responses.dto.js';
import {
  DISCONNECT_EXAMPLES,
  PAIR_EXAMPLES,
  PAIRING_EXAMPLES,
  QR_EXAMPLES,
  STATUS_EXAMPLES,
  STOP_EXAMPLES,
} from '../dto/pairing.examples.js';
import {
  DisconnectResponse,
  PairingResponse,
  PairResponse,
  QrResponse,
  StatusResponse,
  StopResponse,
} from '../dto/pairing.responses.dto.js';
import { PairRequest } from '../dto/pair.request.dto.js';
import { FORMAT, WAIT_MS } from '../dto/qr.request.dto.js';
import { ApiAnswer } from './api-answer.decorator.js';
import { ApiErrors } from './api-errors.decorator.js';

/* What the OpenAPI document says of each route. A test presses every example and holds the answers to their schemas. */

const INVALID = ['invalid_request', 'A field is unknown, or a value is not accepted.'] as const;
const CROSS_SITE = [
  'cross_site',
  'The request came from a page of another site, or under an unknown host name.',
] as const;
export const BODY_ERRORS = [
  INVALID,
  ['invalid_json', 'The body is not valid JSON.'],
  CROSS_SITE,
  ['body_too_large', 'The body is larger than 16 KiB.'],
  ['unsupported_media_type', 'The body is not sent as application/json.'],
] as const;
const CALL_ERRORS = [
  ['busy', 'Sixteen calls for this account are waiting already.'],
  ['shutting_down', 'The service is shutting down.'],
] as const;
export const QUERY_ERRORS = [INVALID, CROSS_SITE] as const;
const STORAGE_FAILED = [
  'storage_failed',
  'The store could not be read or written; nothing was changed.',
] as const;

const ACCOUNT_BODIES = {
  default: { summary: 'The account `default`', value: {} },
  named: { summary: 'A named account', value: { accountId: 'sales' } },
};

const AccountBody = (): MethodDecorator =>
  ApiBody({ type: AccountRequest, required: false, examples: ACCOUNT_BODIES });

const AccountQuery = (): MethodDecorator =>
  ApiQuery({
    name: 'accountId',
    required: false,
    ...ACCOUNT_ID,
    examples: { default: { value: 'default' }, named: { value: 'sales' } },
  });

export const ApiWhatsapp = (): ClassDecorator => applyDecorators(ApiTags('WhatsApp'));

export const ApiPair = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'pair',
      summary: 'Start pairing an account',
      description:
        'Starts a QR pairing session and answers at once; `GET /api/whatsapp/pair/qr` has the code. With `phoneNumber` it starts a pairing by phone code, and answers with the code as soon as WhatsApp has accepted it. A session of the account that is still pairing is replaced. An account that is linked but not connected logs in at once with its stored credentials; it would come back by itself, too, unless its `error` says otherwise. An account that is connected is left alone (`status` is `connected`).',
    }),
    ApiBody({
      type: PairRequest,
      required: false,
      examples: {
        ...ACCOUNT_BODIES,
        byCode: {
          summary: 'By a code that is typed on the phone',
          value: { accountId: 'sales', phoneNumber: '+4915112345678' },
        },
        expected: {
          summary: 'By QR code, and only this number',
          value: { accountId: 'sales', expectedPhoneNumber: '+4915112345678' },
        },
      },
    }),
    ApiAnswer(PairResponse, 'The session has started here, or the account is live.', PAIR_EXAMPLES),
    ApiErrors(
      ...BODY_ERRORS,
      ['auth_state_corrupt', 'The stored credentials cannot be read; `disconnect` clears them.'],
      [
        'too_many_sessions',
        'Too many accounts are pairing; `Retry-After` says when a place is free at the latest.',
      ],
      [
        'other_number_linked',
        'A number was given, and the account is linked to another one; `disconnect` it first.',
      ],
      ['code_refused', 'WhatsApp gives no code for this number; `message` has its reason.'],
      ['no_pairing', 'The pairing was stopped before a phone code was ready.'],
      ...CALL_ERRORS,
      ['session_start_failed', 'The session could not be started here.'],
      ['pairing_failed', 'The pairing failed before a phone code was ready; `message` has the reason.'],
      STORAGE_FAILED,
    ),
  );

export const ApiPairing = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'pairing',
      summary: 'Read the pairing of an account',
      description:
        'What a client needs to draw the pairing: the code on the screen and when it expires, or why the pairing failed and what to do. Without a session everything beside `accountId` and `status` is null, but for the `error` of a status `error`, and `logout_unconfirmed` of an account that was disconnected without an answer of WhatsApp.',
    }),
    AccountQuery(),
    ApiAnswer(PairingResponse, 'How the pairing is now.', PAIRING_EXAMPLES),
    ApiErrors(...QUERY_ERRORS),
  );

export const ApiQr = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(QrResponse),
    ApiOperation({
      operationId: 'pairingQr',
      summary: 'Get the QR code to scan',
      description:
        'The current code as SVG, PNG, text for a terminal, or JSON, by `Accept` or `format`. With `waitMs` it waits for a first code or, with `If-None-Match`, for a newer one.',
    }),
    AccountQuery(),
    ApiQuery({
      name: 'format',
      required: false,
      ...FORMAT,
      examples: Object.fromEntries(QR_FORMATS.map((format) => [format, { value: format }])),
    }),
    ApiQuery({
      name: 'waitMs',
      required: false,
      ...WAIT_MS,
      examples: { wait: { value: 10_000 }, now: { value: 0 } },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The `ETag` of the code that the client has.',
      schema: { type: 'string' },
      examples: { earlier: { value: '"f81d4fae-7dec-41d0-a765-00a0c91e6bf6-1-svg"' } },
    }),
    ApiOkResponse({
      description: 'The code on the screen.',
      headers: {
        ETag: { description: 'Of session, sequence and format.', schema: { type: 'string' } },
        Vary: { description: 'Accept', schema: { type: 'string' } },
      },
      content: {
        [MEDIA_TYPES.svg]: { schema: { type: 'string' }, examples: QR_EXAMPLES.svg },
        [MEDIA_TYPES.png]: { schema: { type: 'string', format: 'binary' }, examples: QR_EXAMPLES.png },
        [MEDIA_TYPES.text]: { schema: { type: 'string' }, examples: QR_EXAMPLES.text },
        [MEDIA_TYPES.json]: { schema: { $ref: getSchemaPath(QrResponse) }, examples: QR_EXAMPLES.json },
      },
    }),
    ApiResponse({ status: 304, description: 'Nothing newer than `If-None-Match` is shown.' }),
    ApiErrors(
      ...QUERY_ERRORS,
      [
        'no_pairing',
        'No pairing session runs; `status` says how the account is (`connected`: it was just linked).',
      ],
      [
        'qr_not_ready',
        'The session has not received a code from WhatsApp yet, or the phone has scanned it already.',
      ],
      ['pairing_by_code', 'The account is pairing by phone code.'],
      ['not_acceptable', '`Accept` names none of the formats.'],
      ['shutting_down', 'The service is shutting down.'],
    ),
  );

export const ApiStop = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'stopPairing',
      summary: 'Stop pairing an account',
      description:
        'Ends a pairing that is not open yet, and clears `error`. Stored credentials stay, and so does a link, live or coming back. Always `idle`, also when there was nothing to stop.',
    }),
    AccountBody(),
    ApiAnswer(StopResponse, 'No session of the account is pairing now.', STOP_EXAMPLES),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS),
  );

export const ApiDisconnect = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'disconnect',
      summary: 'Take an account down',
      description:
        'Ends the session, logs out at WhatsApp (at most 10 s, connecting for it included; a failure is suppressed), deletes credentials, Signal keys and the connector. Also for an account that was never linked. Where WhatsApp did not confirm the logout, `GET /api/whatsapp/pair` says `logout_unconfirmed` until the account is linked again or asked to stop.',
    }),
    AccountBody(),
    ApiAnswer(DisconnectResponse, 'Nothing of the account is stored any more.', DISCONNECT_EXAMPLES),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS, STORAGE_FAILED),
  );

export const ApiStatus = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'status',
      summary: 'Read the status of an account',
      description: 'Answered from memory. Asking about an account creates nothing.',
    }),
    AccountQuery(),
    ApiAnswer(StatusResponse, 'How the account is now.', STATUS_EXAMPLES),
    ApiErrors(...QUERY_ERRORS),
  );

export const ApiAccounts = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'accounts',
      summary: 'List the accounts',
      description:
        'Every account that is or was linked, is pairing, or failed to, and that the caller may use, in order of id. Answered from memory; no secrets.',
    }),
    ApiQuery({ name: 'after', required: false, ...AFTER, examples: { page: { value: 'sales' } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(AccountsResponse, 'A page of the accounts.', ACCOUNTS_EXAMPLES),
    ApiErrors(...QUERY_ERRORS),
  );
