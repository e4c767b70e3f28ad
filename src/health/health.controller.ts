import { Controller, Get, Res, VERSION_NEUTRAL } from '@nestjs/common';
import type { Response } from 'express';
import { answering, respond } from '../whatsapp/api/http/answer.js';
import { ApiHealth, ApiLive, ApiReady } from './health.openapi.js';
import { HealthService } from './health.service.js';
import { NotReady, sendNotReady } from './not-ready.js';

/** Without the guard by `Host`: whoever probes asks by address. */
@ApiHealth()
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @ApiLive()
  live(@Res() response: Response): void {
    answering(response, async () => {
      respond(response, await this.health.live());
    });
  }

  @Get('ready')
  @ApiReady()
  ready(@Res() response: Response): void {
    answering(response, async () => {
      try {
        respond(response, await this.health.ready());
      } catch (error) {
        if (!(error instanceof NotReady)) throw error;
        sendNotReady(response, error);
      }
    });
  }
}
