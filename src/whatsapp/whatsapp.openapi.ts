import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
  ApiExtraModels,
} from '@nestjs/swagger';
import { MEDIA_TYPES } from '../qr/draw-qr.js';
import { AccountRequest } from './dto/account.request.dto.js';
import {
  DisconnectResponse,
  PairingResponse,
  PairResponse,
  QrResponse,
  StatusResponse,
  StopResponse,
} from './dto/pairing.responses.dto.js';
import { ApiErrors } from './http/api-errors.decorator.js';

/* What the OpenAPI document says of each route. A test presses every example and holds the answers to their schemas. */

const INVALID = ['invalid_request', 'A field is unknown, or a value is not accepted.'] as const;
const CROSS_SITE = [
  'cross_site',
  'The request came from a page of another site, or under an unknown host name.',
] as const;
const BODY_ERRORS = [
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
const STORAGE_FAILED = [
  'storage_failed',
  'The store could not be read or written; nothing was changed.',
] as const;

const AccountBody = (): MethodDecorator =>
  ApiBody({
    type: AccountRequest,
    required: false,
    examples: {
      default: { summary: 'The account `default`', value: {} },
      named: { summary: 'A named account', value: { accountId: 'sales' } },
    },
  });

export const ApiWhatsapp = (): ClassDecorator => applyDecorators(ApiTags('WhatsApp'));

export const ApiPair = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'pair',
      summary: 'Start pairing an account',
      description:
        'Starts a QR pairing session and answers at once; `GET /api/whatsapp/pair/qr` has the code. A session of the account that is still pairing is replaced. An account that is linked but not connected logs in with its stored credentials first. An account that is connected is left alone (`status` is `connected`).',
    }),
    AccountBody(),
    ApiOkResponse({ type: PairResponse }),
    ApiErrors(
      ...BODY_ERRORS,
      ['auth_state_corrupt', 'The stored credentials cannot be read; `disconnect` clears them.'],
      [
        'too_many_sessions',
        'Too many accounts are pairing; `Retry-After` says when a place is free at the latest.',
      ],
      ...CALL_ERRORS,
      ['session_start_failed', 'The session could not be started here.'],
      STORAGE_FAILED,
    ),
  );

export const ApiPairing = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'pairing',
      summary: 'Read the pairing of an account',
      description:
        'What a client needs to draw the pairing: the code on the screen and when it expires, or why the pairing failed and what to do. Without a session everything beside `accountId` and `status` is null, but for the `error` of a status `error`.',
    }),
    ApiOkResponse({ type: PairingResponse }),
    ApiErrors(INVALID, CROSS_SITE),
  );

const drawn = (format: 'svg' | 'png' | 'text'): object => ({
  schema: format === 'png' ? { type: 'string', format: 'binary' } : { type: 'string' },
});

export const ApiQr = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(QrResponse),
    ApiOperation({
      operationId: 'pairingQr',
      summary: 'Get the QR code to scan',
      description:
        'The current code as SVG, PNG, text for a terminal, or JSON, by `Accept` or `format`. With `waitMs` it waits for a first code or, with `If-None-Match`, for a newer one.',
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The `ETag` of the code that the client has.',
      schema: { type: 'string' },
    }),
    ApiOkResponse({
      description: 'The code on the screen.',
      headers: {
        ETag: { description: 'Of session, sequence and format.', schema: { type: 'string' } },
        Vary: { description: 'Accept', schema: { type: 'string' } },
      },
      content: {
        [MEDIA_TYPES.svg]: drawn('svg'),
        [MEDIA_TYPES.png]: drawn('png'),
        [MEDIA_TYPES.text]: drawn('text'),
        [MEDIA_TYPES.json]: { schema: { $ref: getSchemaPath(QrResponse) } },
      },
    }),
    ApiResponse({ status: 304, description: 'Nothing newer than `If-None-Match` is shown.' }),
    ApiErrors(
      INVALID,
      CROSS_SITE,
      [
        'no_pairing',
        'No pairing session runs; `status` says how the account is (`connected`: it was just linked).',
      ],
      [
        'qr_not_ready',
        'The session has not received a code from WhatsApp yet, or the phone has scanned it already.',
      ],
      ['not_acceptable', '`Accept` names none of the formats.'],
    ),
  );

export const ApiStop = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'stopPairing',
      summary: 'Stop pairing an account',
      description:
        'Ends a session that is not open yet, and clears `error`. Stored credentials stay, and so does a live connection. Always `idle`, also when there was nothing to stop.',
    }),
    AccountBody(),
    ApiOkResponse({ type: StopResponse }),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS),
  );

export const ApiDisconnect = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'disconnect',
      summary: 'Take an account down',
      description:
        'Ends the session, logs out at WhatsApp (at most 10 s; a failure is suppressed), deletes credentials, Signal keys and the connector. Also for an account that was never linked.',
    }),
    AccountBody(),
    ApiOkResponse({ type: DisconnectResponse }),
    ApiErrors(...BODY_ERRORS, ...CALL_ERRORS, STORAGE_FAILED),
  );

export const ApiStatus = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'status',
      summary: 'Read the status of an account',
      description: 'Answered from memory. Asking about an account creates nothing.',
    }),
    ApiOkResponse({ type: StatusResponse }),
    ApiErrors(INVALID, CROSS_SITE),
  );
