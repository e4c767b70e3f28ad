import { ArgumentsHost, Catch, ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../../domain/errors.js';
import { sendError } from './error-answer.js';

/** What the module's own guard throws. What a host's guards or interceptors throw on these routes is the host's to answer. */
@Catch(DomainError)
export class WhatsappExceptionFilter implements ExceptionFilter {
  catch(error: DomainError, host: ArgumentsHost): void {
    sendError(host.switchToHttp().getResponse<Response>(), error);
  }
}
