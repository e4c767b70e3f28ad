import { Body, Catch, Controller, Get, Post, Query, UseFilters } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { accountId, NotConnected, WhatsappSockets } from '../../../src/index.js';
import { EchoService } from './echo.service.js';
import type { Text } from './echo.service.js';

export interface Outgoing {
  /** The account that sends. */
  readonly from: string;
  /** A phone number, digits without `+`; or the address of a group. */
  readonly to: string;
  readonly text: string;
}

/** Chooses an HTTP status for an error of the core. Such errors have a stable `code`, but no status. */
@Catch(NotConnected)
class NotConnectedFilter implements ExceptionFilter {
  catch({ code, message }: NotConnected, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(409).json({ code, message });
  }
}

@Controller('messages')
@UseFilters(NotConnectedFilter)
export class MessagesController {
  constructor(
    private readonly sockets: WhatsappSockets,
    private readonly echo: EchoService,
  ) {}

  @Post()
  async send(@Body() { from, to, text }: Outgoing): Promise<{ id: string | null }> {
    // Each call gets the current socket: a socket does not outlive its connection.
    const socket = this.sockets.get(accountId(from));
    const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`;
    const sent = await socket.sendMessage(jid, { text });
    return { id: sent?.key.id ?? null };
  }

  @Get()
  received(@Query('account') account: string): readonly Text[] {
    return this.echo.texts(accountId(account));
  }
}
