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
import { AccountRequest } from './dto/account.request.dto.js';
import { QrRequest } from './dto/qr.request.dto.js';
import { CrossSiteGuard } from './http/cross-site.guard.js';
import { ValidBody, ValidQuery } from './http/request.decorators.js';
import { respond, respondWithQr } from './http/respond.js';
import { WhatsappExceptionFilter } from './http/whatsapp-exception.filter.js';
import {
  ApiDisconnect,
  ApiPair,
  ApiPairing,
  ApiQr,
  ApiStatus,
  ApiStop,
  ApiWhatsapp,
} from './whatsapp.openapi.js';
import { PairingService } from './pairing.service.js';

/**
 * The parameters are typed `Readonly<…>` so that Nest sees no class: a host's global ValidationPipe would otherwise
 * strip and convert before ours has compared what came in.
 */
@ApiWhatsapp()
@Controller({ path: 'api/whatsapp', version: VERSION_NEUTRAL })
@UseGuards(CrossSiteGuard)
@UseFilters(WhatsappExceptionFilter)
export class WhatsappController {
  constructor(private readonly pairing: PairingService) {}

  @Post('pair')
  @HttpCode(200)
  @ApiPair()
  async pair(
    @ValidBody(AccountRequest) { accountId }: Readonly<AccountRequest>,
    @Res() response: Response,
  ): Promise<void> {
    respond(response, { ok: true, accountId, status: await this.pairing.pair(accountId) });
  }

  @Get('pair')
  @ApiPairing()
  view(@ValidQuery(AccountRequest) { accountId }: Readonly<AccountRequest>, @Res() response: Response): void {
    respond(response, this.pairing.pairing(accountId));
  }

  @Get('pair/qr')
  @ApiQr()
  qr(
    @ValidQuery(QrRequest) query: Readonly<QrRequest>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return respondWithQr(request, response, this.pairing, query);
  }

  @Post('pair/stop')
  @HttpCode(200)
  @ApiStop()
  async stop(
    @ValidBody(AccountRequest) { accountId }: Readonly<AccountRequest>,
    @Res() response: Response,
  ): Promise<void> {
    await this.pairing.stop(accountId);
    respond(response, { ok: true, accountId, status: 'idle' });
  }

  @Post('disconnect')
  @HttpCode(200)
  @ApiDisconnect()
  async disconnect(
    @ValidBody(AccountRequest) { accountId }: Readonly<AccountRequest>,
    @Res() response: Response,
  ): Promise<void> {
    await this.pairing.disconnect(accountId);
    respond(response, { ok: true, accountId });
  }

  @Get('status')
  @ApiStatus()
  status(
    @ValidQuery(AccountRequest) { accountId }: Readonly<AccountRequest>,
    @Res() response: Response,
  ): void {
    respond(response, this.pairing.status(accountId));
  }
}
