import { Controller, Get, Header, UseFilters, VERSION_NEUTRAL } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { ApiHealth, ApiLive, ApiReady } from './health.openapi.js';
import { HealthService } from './health.service.js';
import { NotReadyFilter } from './health.errors.js';

/** Liveness and readiness routes. They have no check of `Host`, because probes call the service by its IP address. */
@ApiHealth()
@Controller({ path: 'health', version: VERSION_NEUTRAL })
@UseFilters(NotReadyFilter)
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiLive()
  live(): Promise<HealthCheckResult> {
    return this.health.live();
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiReady()
  ready(): Promise<HealthCheckResult> {
    return this.health.ready();
  }
}
