import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { callerOf, setCaller } from '../../../src/whatsapp/api/http/caller.js';

/**
 * Restricts the caller of a request after all guards. `x-codeless: yes` hides codes; `x-only: shop-` gives access only
 * to accounts whose ids have this prefix.
 */
export class NarrowingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const [codeless, only] = [request.get('x-codeless'), request.get('x-only')];
    setCaller(request, {
      ...callerOf(request),
      ...(codeless === undefined ? {} : { canSeeCodes: false }),
      ...(only === undefined ? {} : { canAccess: (accountId) => accountId.startsWith(only) }),
    });
    return next.handle();
  }
}
