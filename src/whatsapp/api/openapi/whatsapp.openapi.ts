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
import { AFTER } from '../dto/accounts.request.dto.js';
import { LIMIT } from '../dto/page.request.dto.js';
import { AccountsResponse } from '../dto/accounts.responses.dto.js';
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

/*
 * The OpenAPI documentation of each route. A test sends every example of a request and validates the answers.
 */

const INVALID = ['invalid_request', 'A field is unknown, or a value is invalid.'] as const;
const CROSS_SITE = [
  'cross_site',
  'The request came from a page of another site, or its host name is not allowed.',
] as const;
export const BODY_ERRORS = [
  INVALID,
  ['invalid_json', 'The body is not valid JSON.'],
  CROSS_SITE,
  ['body_too_large', 'The body is larger than 16 KiB.'],
  ['unsupported_media_type', 'The content type of the body is not application/json.'],
] as const;
const CALL_ERRORS = [
  ['busy', '16 calls for this account are waiting already.'],
  ['shutting_down', 'The service is shutting down.'],
] as const;
export const QUERY_ERRORS = [INVALID, CROSS_SITE] as const;
const STORAGE_FAILED = [
  'storage_failed',
  'The service could not read or write its store. Nothing was changed.',
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
        'Starts a QR pairing session and answers at once; `GET /api/whatsapp/pair/qr` returns the code. With `phoneNumber` it starts a pairing by phone code, and answers with the code when WhatsApp has accepted it. A session of the account that is still pairing is replaced. An account that is linked but not connected logs in at once with its stored credentials; without this call it reconnects automatically, unless its `error` needs an action. A connected account stays unchanged (`status` is `connected`).',
    }),
    ApiBody({
      type: PairRequest,
      required: false,
      examples: {
        ...ACCOUNT_BODIES,
        byCode: {
          summary: 'By a code that the user types on the phone',
          value: { accountId: 'sales', phoneNumber: '+4915112345678' },
        },
        expected: {
          summary: 'By QR code, and only this number',
          value: { accountId: 'sales', expectedPhoneNumber: '+4915112345678' },
        },
      },
    }),
    ApiAnswer(PairResponse, 'The session has started, or the account is connected already.'),
    ApiErrors(
      ...BODY_ERRORS,
      ['auth_state_corrupt', 'The stored credentials cannot be read. `disconnect` deletes them.'],
      [
        'too_many_sessions',
        'Too many accounts are pairing. `Retry-After` says when a slot is free at the latest.',
      ],
      [
        'other_number_linked',
        'The account is linked to another number than the given one. `disconnect` it first.',
      ],
      ['code_refused', 'WhatsApp issues no code for this number. `message` has its reason.'],
      ['no_pairing', 'The pairing was stopped before a phone code was ready.'],
      ...CALL_ERRORS,
      ['session_start_failed', 'The service could not start the session.'],
      ['pairing_failed', 'The pairing failed before a phone code was ready. `message` has the reason.'],
      STORAGE_FAILED,
    ),
  );

export const ApiPairing = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'pairing',
      summary: 'Read the pairing of an account',
      description:
        "Returns everything that a client needs to show the pairing: the current code and its expiry, or why the pairing failed and the user's next action. Without a session every field except `accountId` and `status` is null. Exceptions: the `error` of a status `error`, and `logout_unconfirmed` of an account whose logout WhatsApp did not confirm.",
    }),
    AccountQuery(),
    ApiAnswer(PairingResponse, 'The current state of the pairing.'),
    ApiErrors(...QUERY_ERRORS),
  );

export const ApiQr = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(QrResponse),
    ApiOperation({
      operationId: 'pairingQr',
      summary: 'Get the QR code to scan',
      description:
        'Returns the current code as SVG, PNG, text for a terminal, or JSON, as `Accept` or `format` demands. With `waitMs` it waits for the first code or, with `If-None-Match`, for a newer one.',
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
      description: 'The current code.',
      headers: {
        ETag: { description: 'Identifies session, sequence and format.', schema: { type: 'string' } },
        Vary: { description: 'Accept', schema: { type: 'string' } },
      },
      content: {
        [MEDIA_TYPES.svg]: {
          schema: { type: 'string', example: '<svg xmlns="http://www.w3.org/2000/svg" …></svg>' },
        },
        [MEDIA_TYPES.png]: {
          schema: { type: 'string', format: 'binary', example: '(the bytes of a PNG file)' },
        },
        [MEDIA_TYPES.text]: { schema: { type: 'string', example: '█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█' } },
        [MEDIA_TYPES.json]: { schema: { $ref: getSchemaPath(QrResponse) } },
      },
    }),
    ApiResponse({ status: 304, description: 'There is no newer code than that of `If-None-Match`.' }),
    ApiErrors(
      ...QUERY_ERRORS,
      [
        'no_pairing',
        'The account has no pairing session. `status` has its state (`connected`: it was just linked).',
      ],
      [
        'qr_not_ready',
        'The session has no code: WhatsApp has not sent one yet, or the phone has scanned it already.',
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
        'Ends a pairing that is not connected yet, and clears `error`. Stored credentials and a link stay, connected or reconnecting. The answer is always `idle`, also when there was nothing to stop.',
    }),
    AccountBody(),
    ApiAnswer(StopResponse, 'No session of the account is pairing.'),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS),
  );

export const ApiDisconnect = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'disconnect',
      summary: 'Disconnect an account',
      description:
        'Ends the session, logs out at WhatsApp (at most 10 s, including the connection for it), and deletes credentials, Signal keys and the connector. A failed logout is not an error of this call: `GET /api/whatsapp/pair` then has the `error` `logout_unconfirmed` until the account is linked again or its pairing is stopped. The call also accepts an account that was never linked.',
    }),
    AccountBody(),
    ApiAnswer(DisconnectResponse, 'The data of the account is deleted.'),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS, STORAGE_FAILED),
  );

export const ApiStatus = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'status',
      summary: 'Read the status of an account',
      description: 'Answers from memory. Reading an unknown account creates nothing.',
    }),
    AccountQuery(),
    ApiAnswer(StatusResponse, 'The current status of the account.'),
    ApiErrors(...QUERY_ERRORS),
  );

export const ApiAccounts = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'accounts',
      summary: 'List the accounts',
      description:
        'Returns every account that is or was linked, is pairing, or failed to pair, and that the caller may access, in order of id. Answers from memory and without secrets.',
    }),
    ApiQuery({ name: 'after', required: false, ...AFTER, examples: { page: { value: 'sales' } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(AccountsResponse, 'A page of the accounts.'),
    ApiErrors(...QUERY_ERRORS),
  );
