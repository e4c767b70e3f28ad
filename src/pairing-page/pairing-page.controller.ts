import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { PageFiles } from './page-files.js';

/** Serves the page that links an account. The page reads `?accountId=` itself and uses only the API. */
@ApiExcludeController()
@Controller()
export class PairingPageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  page(@Req() request: Request, @Res() response: Response): void {
    this.files.send('index.html', request, response);
  }

  @Get('assets/:name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    this.files.send(name, request, response);
  }
}
