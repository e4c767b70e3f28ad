import {
  ArgumentsHost,
  Body,
  CallHandler,
  CanActivate,
  Catch,
  Controller,
  ExceptionFilter,
  ExecutionContext,
  Get,
  HttpException,
  Injectable,
  LoggerService,
  NestInterceptor,
  PipeTransform,
  Post,
  UnauthorizedException,
} from '@nestjs/common';
import { IsInt } from 'class-validator';
import type { Request, Response } from 'express';
import { catchError, finalize, map, Observable, of, throwError, timeout } from 'rxjs';

/* Controller, guard, filter, logger, interceptors and pipe of a host application that imports the module. */

export class Order {
  @IsInt()
  readonly count!: number;
}

@Controller('orders')
export class OrdersController {
  @Post()
  order(@Body() order: Order): object {
    return { isOrder: order instanceof Order, fields: Object.entries(order) };
  }

  @Get()
  fail(): never {
    throw new Error('the host fails');
  }
}

/** Answers every error with the host's own body, on Express and on Fastify. */
@Catch()
export class HostFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    host.switchToHttp().getResponse<Response>().status(status).send({ problem: status });
  }
}

@Injectable()
export class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<Request>().headers['x-stranger']) throw new UnauthorizedException();
    return true;
  }
}

/** A structured logger: the fields of a logged object become fields of the line. */
export class HostLogger implements LoggerService {
  log = this.writer('info');
  error = this.writer('error');
  warn = this.writer('warn');

  private writer(level: string): (message: unknown, ...rest: unknown[]) => void {
    return (message, ...rest) => {
      const fields = typeof message === 'object' ? message : { message };
      process.stdout.write(`${JSON.stringify({ host: level, ...fields, context: rest.at(-1) })}\n`);
    };
  }
}

/** Wraps every answer in an envelope. */
export class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** Replaces every error by 418. */
export class MappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError(() => throwError(() => new HttpException('mapped', 418))));
  }
}

/** Turns every error into a success. */
export class SwallowingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError(() => of({ swallowed: true })));
  }
}

/** Applies a time limit to every route. */
export class HurryingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout(3_000));
  }
}

/** The duration of a handler, measured by an interceptor. */
export interface MeasuredCall {
  readonly handler: string;
  readonly ms: number;
}

/** Measures the duration of every call. */
export class MeasuringInterceptor implements NestInterceptor {
  readonly durations: MeasuredCall[] = [];

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const begun = performance.now();
    const handler = context.getHandler().name;
    return next
      .handle()
      .pipe(finalize(() => this.durations.push({ handler, ms: performance.now() - begun })));
  }
}

/** Trims every string of every input, as many applications do. */
export class TrimPipe implements PipeTransform {
  transform(value: unknown): unknown {
    if (typeof value === 'string') return value.trim();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.transform(part)]));
  }
}
