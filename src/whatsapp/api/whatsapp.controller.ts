import {
  Controller,
  Get,
  HttpCode,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { AccountEventStream } from './events/account-event-stream.js';
import { ApiEvents } from './openapi/account-events.openapi.js';
import { withoutCodes } from '../domain/pairing.js';
import { AccountRequest } from './dto/account.request.dto.js';
import { AccountsRequest } from './dto/accounts.request.dto.js';
import { EventsRequest } from './dto/events.request.dto.js';
import { QrRequest } from './dto/qr.request.dto.js';
import { answering, respond } from './http/answer.js';
import { callerOf, canSeeCodes } from './http/caller.js';
import { CrossSiteGuard } from './guards/cross-site.guard.js';
import { DelegatingGuard } from './guards/delegating.guard.js';
import { HostNameGuard } from './guards/host-name.guard.js';
import { RequireScope } from './guards/require-scope.decorator.js';
import { respondToPair } from './http/pair-answer.js';
import { respondWithQr } from './http/qr-answer.js';
import { readBody, readQuery } from './http/read-request.js';
import { StrictValidationPipe } from './http/strict-validation.pipe.js';
import { WhatsappExceptionFilter } from './http/whatsapp-exception.filter.js';
import {
  ApiAccounts,
  ApiDisconnect,
  ApiPair,
  ApiPairing,
  ApiQr,
  ApiStatus,
  ApiStop,
  ApiWhatsapp,
} from './openapi/whatsapp.openapi.js';
import { PairingService } from '../pairing.service.js';
import { WhatsappAccounts } from '../whatsapp-accounts.js';

const ACCOUNT = new StrictValidationPipe(AccountRequest);
const ACCOUNTS = new StrictValidationPipe(AccountsRequest);
const EVENTS = new StrictValidationPipe(EventsRequest);
const QR = new StrictValidationPipe(QrRequest);

/** Requests are read and answers written by our own functions: nothing passes a host's global pipes and interceptors. */
@ApiWhatsapp()
@Controller({ path: 'api/whatsapp', version: VERSION_NEUTRAL })
@UseGuards(CrossSiteGuard, DelegatingGuard, HostNameGuard)
@UseFilters(WhatsappExceptionFilter)
export class WhatsappController {
  constructor(
    private readonly pairing: PairingService,
    private readonly accounts: WhatsappAccounts,
    private readonly eventStream: AccountEventStream,
  ) {}

  @Post('pair')
  @RequireScope('pair')
  @HttpCode(200)
  @ApiPair()
  pair(@Req() request: Request, @Res() response: Response): void {
    answering(response, () => respondToPair(request, response, this.pairing));
  }

  @Get('pair')
  @RequireScope('read')
  @ApiPairing()
  view(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, ACCOUNT);
      const view = this.pairing.pairing(accountId);
      respond(response, canSeeCodes(request) ? view : withoutCodes(view));
    });
  }

  @Get('pair/qr')
  @RequireScope('pair')
  @ApiQr()
  qr(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () =>
      respondWithQr(request, response, this.pairing, await readQuery(request, QR)),
    );
  }

  @Post('pair/stop')
  @RequireScope('pair')
  @HttpCode(200)
  @ApiStop()
  stop(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readBody(request, ACCOUNT);
      await this.pairing.stop(accountId);
      respond(response, { ok: true, accountId, status: 'idle' });
    });
  }

  @Post('disconnect')
  @RequireScope('disconnect')
  @HttpCode(200)
  @ApiDisconnect()
  disconnect(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readBody(request, ACCOUNT);
      await this.pairing.disconnect(accountId);
      respond(response, { ok: true, accountId });
    });
  }

  @Get('status')
  @RequireScope('read')
  @ApiStatus()
  status(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, ACCOUNT);
      respond(response, this.pairing.status(accountId));
    });
  }

  @Get('accounts')
  @RequireScope('read')
  @ApiAccounts()
  list(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { after = null, limit } = await readQuery(request, ACCOUNTS);
      respond(response, this.accounts.list({ after, limit, only: callerOf(request).canAccess }));
    });
  }

  @Get('events')
  @RequireScope('read')
  @ApiEvents()
  events(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, EVENTS);
      this.eventStream.open(request, response, accountId);
    });
  }
}
