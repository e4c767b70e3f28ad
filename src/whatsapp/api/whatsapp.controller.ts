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
import { AccountFeed } from './events/account-feed.js';
import { ApiEvents } from './openapi/account-feed.openapi.js';
import { withoutCodes } from '../domain/pairing-view.js';
import { AccountRequest } from './dto/account.request.dto.js';
import { AccountsRequest } from './dto/accounts.request.dto.js';
import { EventsRequest } from './dto/events.request.dto.js';
import { QrRequest } from './dto/qr.request.dto.js';
import { answering, respond } from './http/answer.js';
import { callerOf, seesCodes } from './http/caller.js';
import { CrossSiteGuard } from './guards/cross-site.guard.js';
import { HostGuards } from './guards/host.guards.js';
import { HostNameGuard } from './guards/host-name.guard.js';
import { Needs } from './guards/needs.decorator.js';
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
@UseGuards(CrossSiteGuard, HostGuards, HostNameGuard)
@UseFilters(WhatsappExceptionFilter)
export class WhatsappController {
  constructor(
    private readonly pairing: PairingService,
    private readonly accounts: WhatsappAccounts,
    private readonly feed: AccountFeed,
  ) {}

  @Post('pair')
  @Needs('pair')
  @HttpCode(200)
  @ApiPair()
  pair(@Req() request: Request, @Res() response: Response): void {
    answering(response, () => respondToPair(request, response, this.pairing));
  }

  @Get('pair')
  @Needs('read')
  @ApiPairing()
  view(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, ACCOUNT);
      const view = this.pairing.pairing(accountId);
      respond(response, seesCodes(request) ? view : withoutCodes(view));
    });
  }

  @Get('pair/qr')
  @Needs('pair')
  @ApiQr()
  qr(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () =>
      respondWithQr(request, response, this.pairing, await readQuery(request, QR)),
    );
  }

  @Post('pair/stop')
  @Needs('pair')
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
  @Needs('disconnect')
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
  @Needs('read')
  @ApiStatus()
  status(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, ACCOUNT);
      respond(response, this.pairing.status(accountId));
    });
  }

  @Get('accounts')
  @Needs('read')
  @ApiAccounts()
  list(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { after = null, limit } = await readQuery(request, ACCOUNTS);
      respond(response, this.accounts.list({ after, limit, only: callerOf(request).mayUse }));
    });
  }

  @Get('events')
  @Needs('read')
  @ApiEvents()
  events(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId } = await readQuery(request, EVENTS);
      this.feed.answer(request, response, accountId);
    });
  }
}
