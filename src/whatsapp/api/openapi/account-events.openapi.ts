import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import { EVENTS_EXAMPLES } from '../dto/events.examples.js';
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

export const ApiEvents = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(...MESSAGES),
    ApiOperation({
      operationId: 'events',
      summary: 'Follow what happens to the accounts',
      description: `Server-sent events, for \`EventSource\` and every client that reads lines (\`curl -N\`); the answer does not end before the service does, or the caller's right to read it.

The first message is a \`snapshot\`: how the account is, or all that the caller may use are, in the shapes of the other routes. Then follows each change, in order for each account:

- \`error\`: there is an \`error\`, or another one.
- \`qr\`, \`code\`: what the person has to do is shown, or renewed. Clients must accept new ones.
- \`status\`: one of the five fields of the status is another, or the pairing in a way that none of those before has told: its step has gone, its error is over.
- \`connection\`: the account was linked or has ceased to be, its connection was opened, has ended, or is down for another reason.

One change that means several events tells them in this order. A client that puts \`status\`, \`pairing\` and \`account\` of each event in the place of what it has, and the five fields of \`status\` into \`account\`, too, has what the other routes answer. Of an account that is idle, not linked, with \`linkedAt\` and \`error\` null, nothing is known any more. Callers who may read and not pair are told of the same events, without the codes: \`step.value\`, \`qr\` and \`pairingCode\` are null, as in \`GET /pair\`.

A client that comes back with \`Last-Event-ID\`, as \`EventSource\` does by itself, is told what it has missed as long as that is among the latest 10,000 events (or 4 MiB of them); otherwise it gets a new snapshot. A comment every 15 s shows that the connection is alive. A client that does not read is dropped, and can come back.`,
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
      description: 'One message after another, here as objects; `data` is sent as JSON.',
      headers: {
        'Cache-Control': { description: 'no-store, no-transform', schema: { type: 'string' } },
        'X-Accel-Buffering': { description: 'no', schema: { type: 'string' } },
      },
      content: {
        'text/event-stream': {
          schema: { oneOf: MESSAGES.map((message) => ({ $ref: getSchemaPath(message) })) },
          examples: EVENTS_EXAMPLES,
        },
      },
    }),
    ApiErrors(
      ...QUERY_ERRORS,
      ['too_many_readers', 'A thousand clients are reading already; `Retry-After` says when to ask again.'],
      ['shutting_down', 'The service is shutting down.'],
    ),
  );
