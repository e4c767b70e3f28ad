import {
  Controller,
  Get,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { withoutCodes } from '../domain/pairing.js';
import { PairingService } from '../pairing.service.js';
import { WhatsappAccounts } from '../whatsapp-accounts.js';
import { AccountRequest } from './dto/account.request.dto.js';
import { AccountsRequest } from './dto/accounts.request.dto.js';
import type { AccountsResponse } from './dto/accounts.responses.dto.js';
import { EventsRequest } from './dto/events.request.dto.js';
import { assertMayLink, PairRequest, pairOptions } from './dto/pair.request.dto.js';
import type {
  DisconnectResponse,
  PairingResponse,
  PairResponse,
  StatusResponse,
  StopResponse,
} from './dto/pairing.responses.dto.js';
import { QrRequest } from './dto/qr.request.dto.js';
import { AccountEventStream } from './events/account-event-stream.js';
import { CrossSiteGuard } from './guards/cross-site.guard.js';
import { DelegatingGuard } from './guards/delegating.guard.js';
import { HostNameGuard } from './guards/host-name.guard.js';
import { RequireScope } from './guards/require-scope.decorator.js';
import { CallInterceptor, CallSignal } from './http/call.interceptor.js';
import { assertCanSeeCodes, callerOf, canSeeCodes } from './http/caller.js';
import { DomainExceptionFilter } from './http/domain-exception.filter.js';
import { writeRaw, type HttpRequest, type HttpResponse } from './http/http-exchange.js';
import { QrReply } from './http/qr-reply.js';
import { ChangeRoute, ReadRoute, ThrowsDomainErrors } from './route.decorators.js';
import { StrictBody, StrictQuery, type Valid } from './http/request-parameters.decorator.js';
import { ApiEvents } from './openapi/account-events.openapi.js';
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

/** The REST routes under `/api/whatsapp`. */
@ApiWhatsapp()
@Controller({ path: 'api/whatsapp', version: VERSION_NEUTRAL })
@UseGuards(CrossSiteGuard, DelegatingGuard, HostNameGuard)
@UseFilters(DomainExceptionFilter)
export class WhatsappController {
  constructor(
    private readonly pairing: PairingService,
    private readonly accounts: WhatsappAccounts,
    private readonly eventStream: AccountEventStream,
  ) {}

  @Post('pair')
  @ChangeRoute('pair')
  @ApiPair()
  async pair(
    @StrictBody(PairRequest, assertMayLink) body: Valid<PairRequest>,
    @Req() request: HttpRequest,
    @CallSignal() signal: Valid<AbortSignal>,
  ): Promise<PairResponse> {
    const { accountId, phoneNumber } = body;
    const { id: startedBy = null, onlyPhone = null } = callerOf(request);
    const options = { ...pairOptions(body, onlyPhone), startedBy, signal };
    const { status, pairingCode } = await this.pairing.pair(accountId, options);
    if (phoneNumber === undefined) return { ok: true, accountId, status };
    return { ok: true, accountId, status, pairingCode: canSeeCodes(request) ? pairingCode : null };
  }

  @Get('pair')
  @ReadRoute('read')
  @ApiPairing()
  view(
    @StrictQuery(AccountRequest) { accountId }: Valid<AccountRequest>,
    @Req() request: HttpRequest,
  ): PairingResponse {
    const view = this.pairing.pairing(accountId);
    return canSeeCodes(request) ? view : withoutCodes(view);
  }

  @Get('pair/qr')
  @RequireScope('pair')
  @UseInterceptors(CallInterceptor)
  @ApiQr()
  async qr(
    @StrictQuery(QrRequest) { accountId, format, waitMs }: Valid<QrRequest>,
    @Req() request: HttpRequest,
    @Res() response: HttpResponse,
    @CallSignal() signal: Valid<AbortSignal>,
  ): Promise<void> {
    assertCanSeeCodes(request);
    const reply = new QrReply(request, response, format);
    const { isNew, closed } = reply;
    const code = await this.pairing
      .qr(accountId, { waitMs, isNew, signal: AbortSignal.any([signal, closed]) })
      .finally(() => {
        assertCanSeeCodes(request);
      });
    if (!signal.aborted) await reply.send(code);
  }

  @Post('pair/stop')
  @ChangeRoute('pair')
  @ApiStop()
  async stop(@StrictBody(AccountRequest) { accountId }: Valid<AccountRequest>): Promise<StopResponse> {
    await this.pairing.stop(accountId);
    return { ok: true, accountId, status: 'idle' };
  }

  @Post('disconnect')
  @ChangeRoute('disconnect')
  @ApiDisconnect()
  async disconnect(
    @StrictBody(AccountRequest) { accountId }: Valid<AccountRequest>,
  ): Promise<DisconnectResponse> {
    await this.pairing.disconnect(accountId);
    return { ok: true, accountId };
  }

  @Get('status')
  @ReadRoute('read')
  @ApiStatus()
  status(@StrictQuery(AccountRequest) { accountId }: Valid<AccountRequest>): StatusResponse {
    return this.pairing.status(accountId);
  }

  @Get('accounts')
  @ReadRoute('read')
  @ApiAccounts()
  list(
    @StrictQuery(AccountsRequest) { after, limit }: Valid<AccountsRequest>,
    @Req() request: HttpRequest,
  ): AccountsResponse {
    return this.accounts.list({ after: after ?? null, limit, only: callerOf(request).canAccess });
  }

  @Get('events')
  @ThrowsDomainErrors()
  @RequireScope('read')
  @ApiEvents()
  events(
    @StrictQuery(EventsRequest) { accountId }: Valid<EventsRequest>,
    @Req() request: HttpRequest,
    @Res() response: HttpResponse,
  ): void {
    writeRaw(response, (raw) => {
      this.eventStream.open(request, raw, accountId);
    });
  }
}
