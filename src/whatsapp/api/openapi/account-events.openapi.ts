import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import { LAST_EVENT_ID, ONE_OR_ALL } from '../dto/events.request.dto.js';
import {
  ConnectionMessage,
  ErrorMessage,
  SnapshotMessage,
  StatusMessage,
  StepMessage,
} from '../dto/events.responses.dto.js';
import { ApiErrors } from './api-errors.decorator.js';
import { QUERY_ERRORS } from './whatsapp.openapi.js';

const MESSAGES = [SnapshotMessage, StatusMessage, StepMessage, ErrorMessage, ConnectionMessage];

/** Documents the route of the event stream. */
export const ApiEvents = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(...MESSAGES),
    ApiOperation({
      operationId: 'events',
      summary: 'Follow the changes of the accounts',
      description: `Sends server-sent events, for \`EventSource\` and every client that reads lines (\`curl -N\`). The stream ends when the service stops or the caller's permission is revoked.

The first message is a \`snapshot\`: the current state of the requested account, or of every account that the caller may access, in the schemas of the other routes. A message for each change follows, in order for each account:

- \`error\`: the pairing has an \`error\`, or another one than before. Emitted for a failed pairing, a linked account that needs an action, and a logout that WhatsApp did not confirm. \`error.userAction\` is the next action.
- \`qr\`, \`code\`: a step is shown or renewed. The user scans the QR code or types the code; \`status\` follows when the phone has used it, \`error\` when it expired. Clients must ignore unknown step types.
- \`status\`: a field of the status has changed, or the pairing has changed without one of the messages above: a pairing started or ended, a step ended, or an error was cleared.
- \`connection\`: a field of \`account\` outside the status has changed, or the connection was opened or closed: the account was linked or unlinked, or its \`lastError\` is another one. A linked account reconnects automatically unless it has an \`error\` that needs an action.

When one change causes several messages, they are sent in this order. To hold the answers of the other routes, a client replaces its \`status\`, \`pairing\` and \`account\` with those of each message, and also copies the five fields of \`status\` into \`account\`. An account that is \`idle\` and not linked, with \`linkedAt\` and \`error\` null, no longer has state; a client can delete it. Callers that may read but not pair get the same messages without codes: \`step.value\`, \`qr\` and \`pairingCode\` are null, as in \`GET /pair\`.

A client that reconnects with \`Last-Event-ID\`, as \`EventSource\` does automatically, gets the messages that it missed, as long as they are among the latest 10,000 messages (and the latest 4 MiB). Otherwise it gets a new snapshot. A comment every 15 s shows that the connection is alive. The service disconnects a client that does not read; the client can reconnect.`,
    }),
    ApiQuery({
      name: 'accountId',
      required: false,
      ...ONE_OR_ALL,
      examples: { one: { value: 'sales' } },
    }),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      ...LAST_EVENT_ID,
      examples: { earlier: { value: '3f9c2ab81d04-41' } },
    }),
    ApiOkResponse({
      description: 'The messages, shown here as objects; the stream sends `data` as JSON.',
      headers: {
        'Cache-Control': { description: 'no-store, no-transform', schema: { type: 'string' } },
        'X-Accel-Buffering': { description: 'no', schema: { type: 'string' } },
      },
      content: {
        'text/event-stream': {
          schema: { oneOf: MESSAGES.map((message) => ({ $ref: getSchemaPath(message) })) },
        },
      },
    }),
    ApiErrors(
      ...QUERY_ERRORS,
      ['too_many_readers', '1,000 clients are reading events already. `Retry-After` says when to try again.'],
      ['shutting_down', 'The service is shutting down.'],
    ),
  );
